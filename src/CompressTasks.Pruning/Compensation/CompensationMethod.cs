namespace CompressTasks.Pruning.Compensation;

/// <summary>What makes good for what was removed, before any training. The names are those of the command line and of recipes.</summary>
public enum CompensationMethod
{
    /// <summary>What removed channels contributed on average goes into the biases of the layers that read them.</summary>
    Mean,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>The layers that read removed channels are fitted anew to what they computed; needs data.</summary>
    LeastSquares,

    /// <summary>For masked weights: those that stay are updated layer by layer; needs data.</summary>
    OptimalBrainSurgeon,
}
