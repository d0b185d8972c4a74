namespace CompressTasks.Onnx;

/// <summary>What a stored tensor is to training, to surgery and to the counts of reports.</summary>
public enum WeightRole
{
    /// <summary>Neither trained nor updated: bounds, scales, indices, single numbers.</summary>
    Constant,

    /// <summary>Trained, and counted as parameters.</summary>
    Weight,

    /// <summary>A running mean or variance, updated by batch normalisation in training mode, and counted as buffers.</summary>
    Statistic,
}
