using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using CompressTasks.Profiling;
using CompressTasks.Training;
using TorchSharp;

namespace CompressTasks.Tool.Commands;

/// <summary>Whether a native library loads.</summary>
/// <param name="Version">Its own version, null where it does not load.</param>
/// <param name="Detail">What else matters of it: providers, devices.</param>
/// <param name="Error">Code and message of why it does not load.</param>
sealed record LibraryCheck(bool Loads, string? Version, string? Detail, string? Error)
{
    /// <summary>The error itself, for people.</summary>
    [JsonIgnore]
    public CompressException? Problem { get; private init; }

    public static LibraryCheck OfOnnxRuntime() =>
        Of(() => new LibraryCheck(true, NativeRuntime.Version, string.Join(", ", NativeRuntime.Providers), null));

    public static LibraryCheck OfLibTorch() => Of(() =>
    {
        TorchLibrary.EnsureLoaded();
        return Torch();
    });

    static LibraryCheck Of(Func<LibraryCheck> load)
    {
        try
        {
            return load();
        }
        catch (CompressException exception)
        {
            return new LibraryCheck(false, null, null, $"{exception.Code}: {exception.Message}") { Problem = exception };
        }
    }

    // Apart, because torch's static constructor must run after the libraries are loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static LibraryCheck Torch()
    {
        var devices = torch.cuda.is_available() ? $"cpu and {torch.cuda.device_count()} CUDA devices" : "cpu";
        return new LibraryCheck(true, torch.__version__, $"{devices}, {torch.get_num_threads()} threads", null);
    }
}
