using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CompressTasks.Tuning;

/// <summary>
/// The process that a worker is, as its name tells it: <c>HOST/PID/SCOPE-START/RANDOM</c>. The scope stands for this start of the machine and the namespace
/// that process numbers belong to, START (in ticks of the kernel since then) for the one of several processes that had the number. Both are only known on
/// Linux; elsewhere nobody is told dead.
/// </summary>
static class WorkerProcess
{
    static readonly string? Scope = FindScope();

    /// <summary>A name for a worker of this process.</summary>
    public static string NewName()
    {
        var start = Scope is null ? null : StartOf(Environment.ProcessId);
        var random = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8];
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{(start is null ? "" : $"{Scope}-{start}/")}{random}");
    }

    /// <summary>Whether a worker's process surely ended. False where that cannot be known: on another machine, in another container, under a name of another form.</summary>
    public static bool IsGone(string worker)
    {
        if (Scope is null || worker.Split('/') is not [var host, var number, var birth, _] || birth.Split('-') is not [var scope, var start] || scope != Scope || host != Environment.MachineName)
            return false;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && IsGone(id, start);
    }

    /// <param name="id">Its number.</param>
    /// <param name="start">What <see cref="StartOf"/> said while it lived.</param>
    public static bool IsGone(int id, string start)
    {
        try
        {
            return StartOf(id) != start;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return !Exists(id);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>When a process started, in ticks of the kernel; null when it ended and only its parent has not taken note yet.</summary>
    public static string? StartOf(int id)
    {
        var status = Status(id.ToString(CultureInfo.InvariantCulture));
        return status[0] is "Z" or "X" ? null : status[19];
    }

    /// <summary>The fields of proc_pid_stat(5) from the third on, the state. The second, the program's name, may contain anything.</summary>
    static string[] Status(string process)
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    /// <summary>Asks the system itself: /proc may hide the processes of other users.</summary>
    static bool Exists(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    static string? FindScope()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        try
        {
            // A /proc of another namespace would tell of other processes.
            if (Status("self")[19] != StartOf(Environment.ProcessId) || new FileInfo("/proc/self/ns/pid").LinkTarget is not { } numbers)
                return null;
            var text = File.ReadAllText("/proc/sys/kernel/random/boot_id") + numbers + new FileInfo("/proc/self/ns/time").LinkTarget;
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
