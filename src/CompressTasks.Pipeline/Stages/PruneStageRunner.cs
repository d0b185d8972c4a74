using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Recovery;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Cuts a model to cost limits, in one step or several.</summary>
/// <param name="shapes">Concrete input shapes.</param>
/// <param name="limits">What the cut model may cost.</param>
/// <param name="isFastEnough">Measures a candidate's latency; null where no latency budget is set.</param>
sealed class PruneStageRunner(PruneStage stage, IReadOnlyDictionary<string, long[]> shapes, CostLimits limits, Func<OnnxModel, bool>? isFastEnough)
{
    /// <summary>Labelled training data for scores, means and statistics; null to work on the weights alone.</summary>
    public DataSet? Data { get; init; }

    public OutputKind Outputs { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Trains the model between the cuts of an iterative schedule; null for none.</summary>
    public Action<OnnxModel>? Recover { get; init; }

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Cuts <paramref name="model"/>, a simplified one, which is left as it is.</summary>
    /// <exception cref="PruningException">CMP0601 nothing to remove; CMP0602 limits out of reach; CMP0603 data needed.</exception>
    /// <exception cref="BudgetException">CMP0203 where even the deepest cut is not fast enough.</exception>
    public PruneOutcome Run(OnnxModel model, CancellationToken cancellation)
    {
        var current = model;
        var layers = new List<IReadOnlyList<LayerOutcome>>();
        Cost? first = null;
        PruneOutcome? outcome = null;
        for (var step = 1; step <= stage.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var module = Data is null ? null : new GraphModule(current.Clone());
            var graph = CouplingGraph.Build(current, ShapeInference.Infer(current, shapes), stage.AllowInexact ?? Recover is not null);
            var scores = Scoring.Score(graph, stage, module, Data, Outputs, Seed, cancellation);
            var search = new CutSearch(graph, new UnitSelection(graph, scores, stage.Distribution, stage.RoundTo));
            var full = search.Nothing.Cost;
            first ??= full;
            if (step == 1) Report(step, $"{graph.Units.Count} units in {graph.Groups.Count} groups; between {Share(search.Everything.Cost.Macs, full.Macs)} and 100 % of the MACs can be reached");
            var isLast = step == stage.Steps;
            var cut = search.Find(isLast ? limits : Intermediate(full, step), isLast && isFastEnough is not null ? candidate => isFastEnough(ModelSurgery.Remove(graph, candidate.Removed)) : null)
                ?? throw new BudgetException(BudgetException.NotMet, "The latency budget is out of reach: not even the deepest cut is fast enough.", "Raise MaxLatency.", model.Path);
            current = ModelSurgery.Remove(graph, cut.Removed, Means(graph, module, cancellation));
            layers.Add(LayerOutcome.Of(graph, cut.Removed));
            Report(step, $"{Share(cut.Cost.Macs, first.Value.Macs)} of the MACs and {Share(cut.Cost.Parameters, first.Value.Parameters)} of the parameters stay");
            if (Data is not null) Reestimate(current, cancellation);
            if (!isLast) Recover?.Invoke(current);
            outcome = new PruneOutcome(current, first.Value, cut.Cost, Merge(layers), search.Everything.Cost);
        }

        return outcome!;
    }

    /// <summary>Each step leaves the same share of what there is, so that the last one reaches the limits.</summary>
    CostLimits Intermediate(Cost full, int step)
    {
        long? Between(long now, long? target) => target is { } value && value < now
            ? (long)(now * Math.Pow((double)value / now, 1.0 / (stage.Steps - step + 1)))
            : target;
        return new CostLimits(Between(full.Macs, limits.Macs), Between(full.Parameters, limits.Parameters), Between(full.Bytes, limits.Bytes));
    }

    IReadOnlyDictionary<string, float[]> Means(CouplingGraph graph, GraphModule? module, CancellationToken cancellation) => module is null
        ? DataFreeMeans.Estimate(graph)
        : MeasuredMeans.Estimate(graph, module, SampleDraw.Batches(Data!, stage.Samples, Seed), cancellation);

    void Reestimate(OnnxModel model, CancellationToken cancellation)
    {
        using var module = new GraphModule(model);
        NormalizationReestimation.Run(module, SampleDraw.Batches(Data!, stage.Samples, Seed), cancellation);
        module.WriteBack();
    }

    void Report(int step, string message) => Progress?.Report(new ProgressEvent("prune", message, (double)(step - 1) / stage.Steps));

    static string Share(long part, long whole) => string.Create(CultureInfo.InvariantCulture, $"{(whole == 0 ? 1 : (double)part / whole):P1}");

    /// <summary>From the first step's widths to the last one's.</summary>
    static IReadOnlyList<LayerOutcome> Merge(List<IReadOnlyList<LayerOutcome>> steps) =>
        [.. steps[0].Zip(steps[^1], (before, after) => after with { Before = before.Before, Inexact = before.Inexact ?? after.Inexact, Reason = after.After < before.Before ? null : after.Reason })];
}

/// <summary>What a prune stage made.</summary>
/// <param name="Model">The cut model.</param>
/// <param name="Before">Cost before.</param>
/// <param name="After">Cost after, as planned; the file is measured on its own.</param>
/// <param name="Layers">What happened to each layer.</param>
/// <param name="Lowest">Cost of the deepest cut: the bottom of the feasible range.</param>
sealed record PruneOutcome(OnnxModel Model, Cost Before, Cost After, IReadOnlyList<LayerOutcome> Layers, Cost Lowest);
