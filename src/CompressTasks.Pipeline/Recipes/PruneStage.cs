using System.Text.Json.Serialization;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Removes channels, heads or blocks of layers, or sets weights to zero, until the cost budgets are kept.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PruneStage : Stage
{
    /// <summary>What goes as a whole.</summary>
    public PruningGrain Granularity { get; init; } = PruningGrain.Channel;

    /// <summary>Share that goes, 0 to 1: of the MACs, where units are removed, else of the weights that multiply. Null: as much as the budgets ask for.</summary>
    public double? Sparsity { get; init; }

    public Criterion Criterion { get; init; } = Criterion.L2;

    /// <summary>How the criterion optimal-brain-damage finds its second derivatives.</summary>
    public SecondDerivative SecondDerivative { get; init; } = SecondDerivative.Hessian;

    public Distribution Distribution { get; init; } = Distribution.Global;

    /// <summary>What the distribution <c>budget</c> weighs importance against.</summary>
    public CostUnit CostUnit { get; init; } = CostUnit.Macs;

    /// <summary>What scores are divided by before groups compete; null: the group's mean, or nothing where the scores are comparable as they are.</summary>
    public GroupNormalization? GroupNormalization { get; init; }

    /// <summary>Largest share of a group's units that may go, above 0 to 1.</summary>
    public double MostPerGroup { get; init; } = 1;

    /// <summary>Smallest share of a group's units that stays, 0 to below 1.</summary>
    public double LeastPerGroup { get; init; }

    /// <summary>
    /// Widths that are given instead of found: the share of its units, above 0 to 1, that each group of layers keeps which has a weight of this name (* stands for any
    /// letters); the first name that fits counts. Groups without one are cut to the budgets. Null: all are.
    /// </summary>
    public IReadOnlyDictionary<string, double>? KeepPerGroup { get; init; }

    public PruningSchedule Schedule { get; init; } = PruningSchedule.OneShot;

    /// <summary>Cuts of a schedule of several steps.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>
    /// Kept widths are rounded to multiples of this; 1 for none. ONNX Runtime's CPU kernels work in blocks of 8 or 16 channels. 0 chooses: for
    /// a latency budget what keeps it with most importance left, else 1.
    /// </summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>Samples that gradients, channel means and normalisation statistics are taken over.</summary>
    public int Samples { get; init; } = 1024;

    /// <summary>
    /// Whether channels may go whose absence changes the statistics that a normalisation, a mean or an extreme takes over those that stay. Null: where training
    /// follows.
    /// </summary>
    public bool? AllowInexact { get; init; }

    /// <summary>What makes good for what was removed, before any training.</summary>
    public CompensationMethod Compensation { get; init; } = CompensationMethod.Mean;

    /// <summary>Training between two cuts, and before a cut by movement or after sparse learning; null: one short epoch.</summary>
    public TrainingRecipe? Recovery { get; init; }

    /// <summary>Whether and how weights that were set to zero come back while the stage trains.</summary>
    public Regrowth Regrowth { get; init; }

    /// <summary>The weights that the stage starts from.</summary>
    public StartingWeights Start { get; init; }

    /// <summary>
    /// Lottery ticket: after each of the steps all weights that are left go back to what they were after so many epochs of the first
    /// training; 0 for its start. Null: they stay as they are.
    /// </summary>
    public double? Rewind { get; init; }

    /// <summary>Training before each cut that pulls the units which will go towards zero; null for none.</summary>
    public SparseLearning? SparseLearning { get; init; }
}

/// <summary>A growing regulariser on the units that will go.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SparseLearning
{
    public int Epochs { get; init; } = 4;

    /// <summary>The decay that the regulariser reaches at its end.</summary>
    public double Strength { get; init; } = 0.5;
}
