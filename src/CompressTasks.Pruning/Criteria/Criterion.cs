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
}
