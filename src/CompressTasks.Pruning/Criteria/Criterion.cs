namespace CompressTasks.Pruning.Criteria;

/// <summary>How important a unit is; units with low scores go first. The names are those of the command line and of recipes.</summary>
public enum Criterion
{
    /// <summary>L2 norm of all weights that hang on the unit (Li et al. 2017; over coupled weights, Fang et al. 2023).</summary>
    L2,

    /// <summary>First-order Taylor expansion of the loss: (sum of gradient x weight)^2, averaged over batches (Molchanov et al. 2019).</summary>
    Taylor,

    /// <summary>Uniformly random: the baseline that every other criterion has to beat.</summary>
    Random,

    /// <summary>Sum of the absolute weights (Han et al. 2015; Li et al. 2017).</summary>
    L1,

    /// <summary>Squared weight over the sum of those of its layer that are not smaller (Lee et al. 2021); single weights.</summary>
    Lamp,

    /// <summary>Absolute value of gradient x weight (SNIP, Lee et al. 2019); single weights.</summary>
    GradientTimesWeight,

    /// <summary>How far training moves a weight away from zero (Sanh et al. 2020); single weights, while they train.</summary>
    Movement,
}
