using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompressTasks.Training;

/// <summary>
/// Loads libtorch and TorchSharp's native part. Call <see cref="EnsureLoaded"/> from a method that mentions no torch type,
/// before the first use of torch: TorchSharp's static constructor would otherwise look for the libraries itself and copy
/// half a gigabyte beside the program. Its later look-ups by name find what is loaded here.
/// </summary>
public static class TorchLibrary
{
    /// <summary>The version of libstdc++ that TorchSharp's native part asks for without using it (see <see cref="WeakSymbolVersion"/>).</summary>
    const string UnusedVersion = "GLIBCXX_3.4.32";

    static readonly Lock Gate = new();
    static bool loaded;

    /// <summary>Loads the libraries once for the process; later calls return at once.</summary>
    /// <exception cref="TrainingException">CMP0301 libtorch is not there; CMP0302 it does not load.</exception>
    public static void EnsureLoaded()
    {
        lock (Gate)
        {
            if (loaded) return;
            NativeSettings.ApplyBeforeLoading();
            var folder = LibTorchLocation.Find();
            foreach (var name in (string[])["c10", "c10_cuda", "torch_cpu", "torch_cuda", "torch"])
            {
                var file = Path.Combine(folder, LibTorchLocation.LibraryFile(name));
                if (File.Exists(file)) LoadOrThrow(file);
            }

            LoadShim();
            loaded = true;
        }
    }

    static void LoadShim()
    {
        var name = LibTorchLocation.LibraryFile("LibTorchSharp");
        string[] candidates =
        [
            Path.Combine(AppContext.BaseDirectory, "runtimes", LibTorchLocation.RuntimeIdentifier, "native", name),
            Path.Combine(AppContext.BaseDirectory, name),
        ];
        var shim = candidates.FirstOrDefault(File.Exists)
            ?? throw new TrainingException(
                TrainingException.LibTorchNotLoadable,
                $"{name} is missing beside the program.",
                candidates[0],
                "Install CompressTasks again.");
        if (NativeLibrary.TryLoad(shim, out _)) return;
        if (!OperatingSystem.IsLinux()) LoadOrThrow(shim);
        LoadOrThrow(CopyWithoutUnusedVersion(shim));
    }

    /// <summary>A copy in the cache folder, named as the original because TorchSharp finds it by that name once it is loaded.</summary>
    static string CopyWithoutUnusedVersion(string shim)
    {
        var image = File.ReadAllBytes(shim);
        var folder = Path.Combine(CacheFolder.Path, "native", Convert.ToHexStringLower(SHA256.HashData(image))[..16]);
        var copy = Path.Combine(folder, Path.GetFileName(shim));
        if (File.Exists(copy)) return copy;
        // Where another version is missing too, the file itself is loaded again so that the loader's own message is reported.
        if (!WeakSymbolVersion.TryWeaken(image, UnusedVersion)) return shim;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        File.WriteAllBytes(temporary, image);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    static void LoadOrThrow(string file)
    {
        try
        {
            NativeLibrary.Load(file);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new TrainingException(
                TrainingException.LibTorchNotLoadable,
                $"'{Path.GetFileName(file)}' does not load on this machine: {exception.Message}",
                file,
                "See docs/errors/CMP0302.md for what libtorch needs of the system.",
                exception);
        }
    }
}
