namespace CompressTasks.Pruning.Distributions;

/// <summary>How a cut is spread over the network.</summary>
public enum Distribution
{
    /// <summary>All units compete, each measured against the mean of its own group so that no layer goes as a whole.</summary>
    Global,

    /// <summary>Every group loses the same share of its units.</summary>
    Uniform,
}
