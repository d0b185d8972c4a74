namespace CompressTasks.Onnx;

/// <summary>A model file that cannot be read, written or understood (codes CMP0001 to CMP0099).</summary>
public sealed class ModelException(string code, string message, string? file = null, string? hint = null, Exception? innerException = null)
    : CompressException(code, message, file, hint, innerException)
{
    /// <summary>The model file does not exist.</summary>
    public const string NotFound = "CMP0001";

    /// <summary>The file is not an ONNX model, or is truncated or damaged.</summary>
    public const string NotOnnx = "CMP0002";

    /// <summary>The graph breaks a rule of the ONNX specification.</summary>
    public const string InvalidGraph = "CMP0003";

    /// <summary>An operator set version outside the supported range.</summary>
    public const string UnsupportedOpset = "CMP0004";

    /// <summary>External tensor data is missing, too short or outside the model's folder.</summary>
    public const string ExternalData = "CMP0005";

    /// <summary>Shapes that contradict each other or cannot be inferred.</summary>
    public const string Shape = "CMP0006";

    /// <summary>The operator is unknown to the part of CompressTasks that has to run it.</summary>
    public const string UnsupportedOperator = "CMP0007";

    /// <summary>The model could not be written.</summary>
    public const string NotWritten = "CMP0008";
}
