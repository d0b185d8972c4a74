namespace CompressTasks.Profiling;

/// <summary>An environment or a model that ONNX Runtime cannot measure (codes CMP0303 to CMP0309).</summary>
public sealed class ProfilingException(string code, string message, string? file = null, string? hint = null, Exception? innerException = null)
    : CompressException(code, message, file, hint, innerException)
{
    /// <summary>ONNX Runtime cannot load or run the model.</summary>
    public const string ModelNotRunnable = "CMP0303";

    /// <summary>The execution provider is not part of the ONNX Runtime that CompressTasks uses.</summary>
    public const string ProviderNotAvailable = "CMP0304";

    /// <summary>ONNX Runtime's native library does not load on this machine.</summary>
    public const string RuntimeNotLoadable = "CMP0305";

    /// <summary>Another measurement on this machine did not end in time, or the lock file cannot be made.</summary>
    public const string MeasurementLock = "CMP0306";

    /// <summary>The process that measures memory failed.</summary>
    public const string MemoryProbe = "CMP0307";

    /// <summary>The shapes that were asked for do not fit the model's inputs.</summary>
    public const string InputShape = "CMP0308";
}
