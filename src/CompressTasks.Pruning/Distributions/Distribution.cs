namespace CompressTasks.Pruning.Distributions;

/// <summary>How a cut is spread over the network.</summary>
public enum Distribution
{
    /// <summary>All units compete, each measured against the mean of its own group so that no layer goes as a whole.</summary>
    Global,

    /// <summary>Every group loses the same share of its units.</summary>
    Uniform,

    /// <summary>Layers keep shares that fall with their size (Erdos-Renyi-kernel, Evci et al. 2020); weights that are masked.</summary>
    Erk,

    /// <summary>All weights compete, each score over the sum of those of its layer that are not lower (Lee et al. 2021); weights that are masked.</summary>
    Lamp,
}
