namespace CompressTasks.Training;

/// <summary>An environment that libtorch cannot run in (CMP03xx), data that cannot be used (CMP04xx) or training that failed (CMP05xx).</summary>
public sealed class TrainingException(string code, string message, string? file = null, string? hint = null, Exception? innerException = null)
    : CompressException(code, message, file, hint, innerException)
{
    /// <summary>A value of the training recipe is out of its range or contradicts another.</summary>
    public const string Recipe = "CMP0120";

    /// <summary>libtorch for this machine is not in NuGet's packages folder.</summary>
    public const string LibTorchMissing = "CMP0301";

    /// <summary>libtorch or TorchSharp's native part is there and does not load.</summary>
    public const string LibTorchNotLoadable = "CMP0302";

    /// <summary>ONNX Runtime's native library does not load.</summary>
    public const string RuntimeNotLoadable = "CMP0305";

    /// <summary>The data set's file does not exist.</summary>
    public const string DataNotFound = "CMP0401";

    /// <summary>The data set's file is not of the format that its name promises, or is cut short.</summary>
    public const string DataFormat = "CMP0402";

    /// <summary>The samples do not have the shape that the model's input wants.</summary>
    public const string DataShape = "CMP0403";

    /// <summary>A label lies outside the model's classes, or labels are missing where they are needed.</summary>
    public const string Labels = "CMP0404";

    /// <summary>A class of the user's that is to give the samples cannot be loaded, or fails.</summary>
    public const string SampleSource = "CMP0405";

    /// <summary>The loss became NaN or infinite.</summary>
    public const string Diverged = "CMP0501";

    /// <summary>No weight of the model has an influence on the loss that gradients can follow.</summary>
    public const string NothingToTrain = "CMP0503";

    /// <summary>The checkpoint belongs to another model, data set or recipe, or is damaged.</summary>
    public const string Checkpoint = "CMP0502";

    /// <summary>A teacher's answers cannot be kept in the cache folder.</summary>
    public const string Answers = "CMP0504";
}
