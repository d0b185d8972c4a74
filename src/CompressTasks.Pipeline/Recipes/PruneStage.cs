using System.Text.Json.Serialization;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Removes channels until the cost budgets are kept.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PruneStage : Stage
{
    public Criterion Criterion { get; init; } = Criterion.L2;

    /// <summary>How the criterion optimal-brain-damage finds its second derivatives.</summary>
    public SecondDerivative SecondDerivative { get; init; } = SecondDerivative.Hessian;

    public Distribution Distribution { get; init; } = Distribution.Global;

    public PruningSchedule Schedule { get; init; } = PruningSchedule.OneShot;

    /// <summary>Cuts of a schedule of several steps.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Kept widths are rounded to multiples of this; 1 for none. ONNX Runtime's CPU kernels work in blocks of 8 or 16 channels.</summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>Samples that gradients, channel means and normalisation statistics are taken over.</summary>
    public int Samples { get; init; } = 1024;

    /// <summary>
    /// Whether channels may go whose absence changes the statistics that a normalisation takes over those that stay. Null: where the run
    /// has data to train with.
    /// </summary>
    public bool? AllowInexact { get; init; }

    /// <summary>What makes good for what was removed, before any training.</summary>
    public CompensationMethod Compensation { get; init; } = CompensationMethod.Mean;

    /// <summary>Training between two cuts; null: one short epoch.</summary>
    public TrainingRecipe? Recovery { get; init; }
}
