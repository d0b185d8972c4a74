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

    /// <summary>How unlike a unit's weights are to those of the units that stay; see <see cref="WeightCorrelationCriterion"/>.</summary>
    WeightCorrelation,

    /// <summary>Absolute mean of what a unit shows; see <see cref="ActivationCriterion.Mean"/>.</summary>
    ActivationMean,

    /// <summary>Variance of what a unit shows; see <see cref="ActivationCriterion.Variance"/>.</summary>
    ActivationVariance,

    /// <summary>How often a unit is not zero, so that the one with most zeros goes first; see <see cref="ActivationCriterion.NonZero"/>.</summary>
    ZeroFraction,

    /// <summary>How little the units that stay say of what a unit shows; see <see cref="OutputCorrelationCriterion"/>.</summary>
    OutputCorrelation,

    /// <summary>Half of second derivative times weight squared; see <see cref="Criteria.OptimalBrainDamage"/> and <see cref="SecondDerivative"/>.</summary>
    OptimalBrainDamage,

    /// <summary>For single weights: magnitude times the norm of the input; see <see cref="WandaCriterion"/>.</summary>
    Wanda,

    /// <summary>For single weights: the change of a layer's outputs once the other weights have made up for it; see <see cref="Reconstruction.OptimalBrainSurgeon"/>.</summary>
    OptimalBrainSurgeon,
}
