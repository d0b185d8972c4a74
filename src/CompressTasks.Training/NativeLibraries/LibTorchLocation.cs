using System.Runtime.InteropServices;

namespace CompressTasks.Training;

/// <summary>Where libtorch lies: a folder that the user named, else NuGet's packages folder.</summary>
static class LibTorchLocation
{
    /// <summary>Environment variable that names a folder with libtorch's libraries (a GPU build, say).</summary>
    public const string Variable = "COMPRESSTASKS_LIBTORCH";

    /// <summary>The libtorch that the referenced TorchSharp was built for.</summary>
    public const string Version = "2.10.0";

    public static string RuntimeIdentifier => (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "-arm64" : "-x64");

    public static string PackageName => "libtorch-cpu-" + RuntimeIdentifier;

    /// <exception cref="TrainingException">CMP0301 with the line to paste when no folder has it.</exception>
    public static string Find()
    {
        var library = LibraryFile("torch_cpu");
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen)
        {
            if (File.Exists(Path.Combine(chosen, library))) return Path.GetFullPath(chosen);
            throw new TrainingException(
                TrainingException.LibTorchMissing,
                $"{Variable} names '{chosen}', which has no {library}.",
                chosen,
                "Point it at the folder that holds libtorch's libraries, or unset it.");
        }

        var folder = Path.Combine(PackagesFolder(), PackageName, Version, "runtimes", RuntimeIdentifier, "native");
        if (File.Exists(Path.Combine(folder, library))) return folder;
        throw new TrainingException(
            TrainingException.LibTorchMissing,
            $"Training needs libtorch, and the package {PackageName} {Version} is not in NuGet's packages folder.",
            folder,
            $"Add <PackageDownload Include=\"{PackageName}\" Version=\"[{Version}]\" /> to an ItemGroup of the project and restore, "
                + "or use <Sdk Name=\"CompressTasks.Sdk\" Version=\"...\" />, which does it for every machine.");
    }

    public static string LibraryFile(string name) =>
        OperatingSystem.IsWindows() ? name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so";

    static string PackagesFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
