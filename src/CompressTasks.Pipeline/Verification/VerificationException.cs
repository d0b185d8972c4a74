namespace CompressTasks.Pipeline;

/// <summary>A candidate that is not what it was meant to be (CMP0505, CMP0506); it is never written to the output.</summary>
public sealed class VerificationException(string code, string message, string? file = null, string? hint = null)
    : CompressException(code, message, file, hint)
{
    /// <summary>Names, types or dynamic axes of inputs or outputs differ from the original's.</summary>
    public const string InterfaceChanged = "CMP0505";

    /// <summary>ONNX Runtime computes something else from the file than the trained graph does.</summary>
    public const string Disagrees = "CMP0506";
}
