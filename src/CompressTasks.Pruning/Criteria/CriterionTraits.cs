namespace CompressTasks.Pruning.Criteria;

/// <summary>What a criterion looks at besides the weights.</summary>
public enum CriterionNeeds
{
    Nothing,

    /// <summary>Samples.</summary>
    Data,

    /// <summary>Samples with labels, for a loss.</summary>
    Labels,

    /// <summary>A training before the cut.</summary>
    Training,
}

/// <summary>What a criterion needs and what it can judge.</summary>
/// <param name="OnUnits">Channels, neurons and heads.</param>
/// <param name="OnWeights">Single weights, patterns, kernels and blocks of a matrix.</param>
/// <param name="OnLayers">Blocks of layers beside a skip connection.</param>
/// <param name="Source">Where it was published; empty where it is older than the field.</param>
public sealed record CriterionTraits(Criterion Criterion, CriterionNeeds Needs, bool OnUnits, bool OnWeights, bool OnLayers, string Source)
{
    /// <summary>One entry for every criterion.</summary>
    public static IReadOnlyList<CriterionTraits> All { get; } =
    [
        new(Criterion.L1, CriterionNeeds.Nothing, OnUnits: true, OnWeights: true, OnLayers: true, "Li et al. 2017"),
        new(Criterion.L2, CriterionNeeds.Nothing, OnUnits: true, OnWeights: true, OnLayers: true, "Li et al. 2017; Fang et al. 2023"),
        new(Criterion.BatchNormScale, CriterionNeeds.Nothing, OnUnits: true, OnWeights: false, OnLayers: true, "Liu et al. 2017"),
        new(Criterion.GeometricMedian, CriterionNeeds.Nothing, OnUnits: true, OnWeights: false, OnLayers: false, "He et al. 2019"),
        new(Criterion.Lamp, CriterionNeeds.Nothing, OnUnits: true, OnWeights: true, OnLayers: false, "Lee et al. 2021"),
        new(Criterion.Taylor, CriterionNeeds.Labels, OnUnits: true, OnWeights: true, OnLayers: true, "Molchanov et al. 2019"),
        new(Criterion.GradientTimesWeight, CriterionNeeds.Labels, OnUnits: true, OnWeights: true, OnLayers: false, "Lee et al. 2019"),
        new(Criterion.Movement, CriterionNeeds.Training, OnUnits: true, OnWeights: true, OnLayers: false, "Sanh et al. 2020"),
        new(Criterion.OutputCorrelation, CriterionNeeds.Data, OnUnits: false, OnWeights: false, OnLayers: true, "Men et al. 2024"),
        new(Criterion.Random, CriterionNeeds.Nothing, OnUnits: true, OnWeights: true, OnLayers: true, ""),
    ];

    public static CriterionTraits Of(Criterion criterion) => All.First(traits => traits.Criterion == criterion);
}
