using System.Globalization;
using System.Reflection;

namespace CompressTasks.EndToEnd.Tests.Building;

/// <summary>
/// The packages, made once for all tests of a run from what is built already, in a feed of their own; and the packages folder that
/// projects restore them to, with the machine's usual folder behind it so that nothing is downloaded again.
/// </summary>
public sealed class PackedPackages : IDisposable
{
    public PackedPackages()
    {
        Root = Directory.CreateTempSubdirectory("compresstasks-").FullName;
        Feed = Directory.CreateDirectory(Path.Combine(Root, "feed")).FullName;
        foreach (var project in (string[])["src/CompressTasks.MSBuild", "src/CompressTasks.Tool", "build/sdk"])
        {
            DotNet.Run(RepositoryRoot, "pack", project, "--no-build", "-c", Setting("Configuration"), "-o", Feed, $"-p:PackageVersion={Version}").Succeeded();
        }

        File.WriteAllText(Path.Combine(Root, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(Root, "packages")}" /></config>
              <packageSources><clear /><add key="local" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{MachinePackages}" /></fallbackPackageFolders>
            </configuration>
            """);
        // Projects below the feed are nobody's part: the repository's settings must not reach them, nor those above the temporary folder.
        File.WriteAllText(Path.Combine(Root, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(Root, "Directory.Build.targets"), "<Project />");
    }

    /// <summary>Another one for each run: the dotnet command remembers for each version of a tool where it was unpacked.</summary>
    public static readonly string Version = string.Create(CultureInfo.InvariantCulture, $"1.0.0-test.{DateTime.UtcNow.Ticks}");

    public static string RepositoryRoot => Setting("RepositoryRoot");

    public static string LibTorchVersion => Setting("LibTorchVersion");

    public static string FakeWorker => Path.Combine(RepositoryRoot, "artifacts", "bin", "FakeWorker", Setting("Configuration").ToLowerInvariant(), "FakeWorker.dll");

    public string Root { get; }

    public string Feed { get; }

    static string MachinePackages => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    static string Setting(string name) =>
        typeof(PackedPackages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

[CollectionDefinition(Name)]
public sealed class PackagesCollection : ICollectionFixture<PackedPackages>
{
    public const string Name = "packages";
}
