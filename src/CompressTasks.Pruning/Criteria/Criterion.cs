namespace CompressTasks.Pruning.Criteria;

/// <summary>How important something is; what scores low goes first. The names are those of the command line and of recipes.</summary>
public enum Criterion
{
    /// <summary>Sum of the absolute values of all weights that hang on the unit.</summary>
    L1,

    /// <summary>L2 norm of all weights that hang on the unit (Li et al. 2017; over coupled weights, Fang et al. 2023).</summary>
    L2,

    /// <summary>Mean absolute scale of the batch normalisations that the unit passes through (Liu et al., Network Slimming, 2017).</summary>
    BatchNormScale,

    /// <summary>
    /// Sum of the distances to the other units of its group: what lies near the geometric median can be made good by the others (He et al.,
    /// FPGM, 2019).
    /// </summary>
    GeometricMedian,

    /// <summary>Squared L2 norm over that of all units of the group that are no smaller: comparable between layers (Lee et al., LAMP, 2021).</summary>
    Lamp,

    /// <summary>First-order Taylor expansion of the loss: (sum of gradient x weight)^2, averaged over batches (Molchanov et al. 2019).</summary>
    Taylor,

    /// <summary>Sum of |gradient x weight|, with the gradient over all samples (Lee et al., SNIP, 2019).</summary>
    GradientTimesWeight,

    /// <summary>How far training moves the weights away from zero: the sum over its steps of -gradient x weight (Sanh et al. 2020).</summary>
    Movement,

    /// <summary>
    /// How little a block's input and output are alike (one minus the cosine between them): a block that hardly changes what it is given goes
    /// first.
    /// </summary>
    OutputCorrelation,

    /// <summary>Uniformly random: the baseline that every other criterion has to beat.</summary>
    Random,
}
