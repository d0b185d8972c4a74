using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CompressTasks.Tuning.Tests;

/// <summary>
/// A PostgreSQL server of its own in a temporary folder, on a free port of the loopback interface, where the programs are installed (Debian's
/// /usr/lib/postgresql/*/bin, or COMPRESSTASKS_POSTGRES_BIN). It refuses to run as root, so there it runs as the user postgres.
/// </summary>
public sealed class PostgresCluster : IDisposable
{
    readonly string _folder = Path.Combine(Path.GetTempPath(), "tuning-postgres-" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]);
    readonly int _port = FreePort();

    public PostgresCluster()
    {
        if (Programs is null)
            return;
        Directory.CreateDirectory(_folder);
        if (IsRoot)
            Run("chown", "postgres", _folder);
        Postgres("initdb", "-D", Data, "-A", "trust", "-U", "tuning", "--no-sync", "-E", "UTF8", "--locale=C");
        Start();
    }

    /// <summary>The folder of the server's programs, or null where there is none.</summary>
    public static string? Programs { get; } = Find();

    public string Location => string.Create(CultureInfo.InvariantCulture, $"postgres://tuning@127.0.0.1:{_port}/postgres");

    string Data => Path.Combine(_folder, "data");

    static bool IsRoot => Environment.UserName == "root";

    public void Start() => Postgres("pg_ctl", "-D", Data, "-w", "-t", "60", "-l", Path.Combine(_folder, "log"), "-o", string.Create(CultureInfo.InvariantCulture, $"-p {_port} -h 127.0.0.1 -k {_folder} -F"), "start");

    /// <summary>Breaks all connections off.</summary>
    public void Stop() => Postgres("pg_ctl", "-D", Data, "-w", "-m", "immediate", "stop");

    public void Dispose()
    {
        if (Programs is null)
            return;
        Stop();
        Directory.Delete(_folder, true);
    }

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("COMPRESSTASKS_POSTGRES_BIN") is { Length: > 0 } named)
            return named;
        const string Debian = "/usr/lib/postgresql";
        return Directory.Exists(Debian)
            ? Directory.EnumerateDirectories(Debian).Select(version => Path.Combine(version, "bin")).Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static void Postgres(string program, params string[] arguments)
    {
        string[] command = [Path.Combine(Programs!, program), .. arguments];
        if (IsRoot)
            command = ["runuser", "-u", "postgres", "--", .. command];
        Run(command[0], command[1..]);
    }

    static void Run(string program, params string[] arguments)
    {
        // The server inherits the output, so it is not read here.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" > /dev/null 2>&1", "sh", program, .. arguments]) { WorkingDirectory = "/" })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}

[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresCluster>
{
    public const string Name = "PostgreSQL";
}

/// <summary>A test that is skipped where PostgreSQL is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (PostgresCluster.Programs is null)
            Skip = "PostgreSQL is not installed (apt-get install postgresql).";
    }
}
