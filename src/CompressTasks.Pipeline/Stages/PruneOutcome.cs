using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What can be reached: anything between the original and the deepest cut.</summary>
/// <param name="Lowest">Cost of the deepest cut.</param>
/// <param name="Highest">Cost of the uncut model.</param>
/// <param name="LowestLatency">Latency of the deepest cut as a share of the original's; null where no latency budget asked for it.</param>
public sealed record FeasibleRange(Cost Lowest, Cost Highest, double? LowestLatency = null)
{
    /// <summary>For people, such as <c>MACs 1.20 M to 40.81 M</c> and so on.</summary>
    public override string ToString() =>
        $"MACs {Quantity.Count(Lowest.Macs)} to {Quantity.Count(Highest.Macs)}, parameters {Quantity.Count(Lowest.Parameters)} to {Quantity.Count(Highest.Parameters)}, size {Quantity.Bytes(Lowest.Bytes)} to {Quantity.Bytes(Highest.Bytes)}"
        + (LowestLatency is { } latency ? $", latency {Quantity.Percentage(latency)} to {Quantity.Percentage(1)} of the original's" : "");
}

/// <summary>What a prune stage made.</summary>
/// <param name="Model">The cut model.</param>
/// <param name="After">Its cost, as planned; the file is measured on its own.</param>
/// <param name="Layers">What happened to each layer.</param>
/// <param name="Range">What the first cut could have reached.</param>
/// <param name="IsOutOfReach">True where the model is the deepest cut and still above a limit.</param>
/// <param name="TrainedEpochs">Epochs before and between cuts, those before a resumption included.</param>
/// <param name="Samples">Samples that scores, means and statistics were taken over; 0 without data.</param>
sealed record PruneOutcome(
    OnnxModel Model, Cost After, IReadOnlyList<LayerOutcome> Layers, FeasibleRange Range, bool IsOutOfReach, int TrainedEpochs, int Samples)
{
    /// <summary>Initializers whose zeros have to stay.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];

    /// <summary>Carries out a prune stage, whichever granularity it has.</summary>
    public static PruneOutcome Of(PruneStage stage, PruneSetting setting, OnnxModel model, CancellationToken cancellation) => stage.Granularity.IsMasked
        ? new SparsifyStageRunner(stage, setting).Run(model, cancellation)
        : new PruneStageRunner(stage, setting).Run(model, cancellation);
}
