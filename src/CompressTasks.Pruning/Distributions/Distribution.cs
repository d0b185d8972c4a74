namespace CompressTasks.Pruning.Distributions;

/// <summary>How a cut is spread over the network.</summary>
public enum Distribution
{
    /// <summary>All units compete, each measured against its own group as <see cref="GroupNormalization"/> says.</summary>
    Global,

    /// <summary>Every group loses the same share of its units.</summary>
    Uniform,

    /// <summary>
    /// Groups keep shares of their units that follow Erdős–Rényi graphs with kernels (Evci et al., RigL, 2020): wide layers lose more. The
    /// published density is that of a layer's weights; a layer keeps the square root of it of its units, since inputs go as well.
    /// </summary>
    Erk,

    /// <summary>All units compete by their layer-adaptive score (Lee et al., LAMP, 2021), taken from whatever the criterion gives.</summary>
    Lamp,

    /// <summary>Every group is cut to the depth at which the loss is predicted to rise by the same amount, by curves measured on data.</summary>
    Sensitivity,

    /// <summary>What gives least importance for most cost goes first: a greedy solution for the budget.</summary>
    Budget,
}

/// <summary>What a unit's score is divided by before units of different groups compete.</summary>
public enum GroupNormalization
{
    /// <summary>The mean of its group.</summary>
    Mean,

    /// <summary>The largest of its group.</summary>
    Max,

    /// <summary>The sum of its group, so that a wide group loses more.</summary>
    Sum,

    /// <summary>Nothing: scores are compared as they are, and whole groups may go but for one unit.</summary>
    None,
}
