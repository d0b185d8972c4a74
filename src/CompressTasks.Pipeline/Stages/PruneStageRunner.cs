using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Recovery;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Cuts a model to cost limits, in one step or several.</summary>
/// <param name="shapes">Concrete input shapes.</param>
/// <param name="limits">What the cut model may cost.</param>
/// <param name="latencyOverLimit">Measures a candidate's latency as a share of its limit; null where no latency budget is set.</param>
sealed class PruneStageRunner(PruneStage stage, IReadOnlyDictionary<string, long[]> shapes, CostLimits limits, Func<OnnxModel, double>? latencyOverLimit)
{
    /// <summary>A candidate has to be this much faster than asked before it is trained, so that noise does not undo the work.</summary>
    const double FastEnough = 0.95;

    /// <summary>Above this no noise explains that the deepest cut is too slow; below it the final measurement decides.</summary>
    const double ClearlyTooSlow = 1.2;

    /// <summary>Training data for scores, means and statistics; null to work on the weights alone.</summary>
    public DataSet? Data { get; init; }

    public OutputKind Outputs { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Trains the model between two cuts; null for none.</summary>
    public Action<OnnxModel>? Recover { get; init; }

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Cuts <paramref name="model"/>, a simplified one, which is left as it is; as deep as possible where the limits are out of reach.</summary>
    /// <exception cref="PruningException">CMP0603 data needed.</exception>
    public PruneOutcome Run(OnnxModel model, CancellationToken cancellation)
    {
        var current = model;
        var layers = new List<IReadOnlyList<LayerOutcome>>();
        Cost? first = null;
        PruneOutcome? outcome = null;
        for (var step = 1; step <= stage.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var module = Data is null ? null : new GraphModule(current);
            var graph = CouplingGraph.Build(current, ShapeInference.Infer(current, shapes), stage.AllowInexact ?? Recover is not null);
            var scores = Scoring.Score(graph, stage, module, Data, Outputs, Seed, cancellation);
            var search = new CutSearch(graph, new UnitSelection(graph, scores, stage.Distribution, stage.RoundTo));
            var full = search.Nothing.Cost;
            first ??= full;
            if (step == 1) Report(step, $"{graph.Units.Count} units in {graph.Groups.Count} groups; between {Share(search.Everything.Cost.Macs, full.Macs)} and 100 % of the MACs can be reached");
            var surgery = new CompensatedSurgery(stage, graph, module, Data, Seed, cancellation);
            var isLast = step == stage.Steps || !search.CanReach(limits);
            var found = Find(graph, search, isLast ? limits : Intermediate(first.Value, step), surgery, isLast);
            var cut = found?.Cut ?? search.Everything;
            current = found?.Model ?? surgery.Remove(cut.Removed);
            var isOutOfReach = found is null && IsClearlyAbove(cut.Cost, current);
            layers.Add(surgery.Outcomes(cut.Removed));
            Report(step, $"{Share(cut.Cost.Macs, first.Value.Macs)} of the MACs and {Share(cut.Cost.Parameters, first.Value.Parameters)} of the parameters stay");
            if (Data is not null) Reestimate(current, cancellation);
            outcome = new PruneOutcome(current, first.Value, cut.Cost, Merge(layers), search.Everything.Cost, isOutOfReach);
            if (isLast || isOutOfReach) break;
            Recover?.Invoke(current);
        }

        return outcome!;
    }

    /// <summary>
    /// The smallest cut that keeps the target, made. The plan's bytes are a few off, since surgery also adds and removes nodes: where the model
    /// itself is too large, the search is repeated with what it is above the target taken off.
    /// </summary>
    /// <returns>Null where not even the deepest cut keeps it, or is fast enough.</returns>
    (Cut Cut, OnnxModel Model)? Find(CouplingGraph graph, CutSearch search, CostLimits target, CompensatedSurgery surgery, bool isLast)
    {
        Func<Cut, bool>? isFastEnough = isLast && latencyOverLimit is not null ? cut => latencyOverLimit(ModelSurgery.Remove(graph, cut.Removed)) <= FastEnough : null;
        var planned = target;
        while (search.CanReach(planned) && search.Find(planned, isFastEnough) is { } cut)
        {
            var model = surgery.Remove(cut.Removed);
            if (!(model.SizeInBytes > target.Bytes)) return (cut, model);
            planned = planned with { Bytes = planned.Bytes - (model.SizeInBytes - target.Bytes) };
        }

        return null;
    }

    /// <summary>True where the deepest cut misses a limit by more than noise explains.</summary>
    bool IsClearlyAbove(Cost cost, OnnxModel deepest) =>
        !limits.Allow(cost with { Bytes = deepest.SizeInBytes }) || (latencyOverLimit is not null && latencyOverLimit(deepest) > ClearlyTooSlow);

    /// <summary>Where the schedule is after a step, as a cost between the first model's and the limits.</summary>
    CostLimits Intermediate(Cost first, int step)
    {
        long? Between(long whole, long? target) => target is { } value && value < whole
            ? (long)(whole * stage.Schedule.Left((double)step / stage.Steps, (double)value / whole))
            : target;
        return new CostLimits(Between(first.Macs, limits.Macs), Between(first.Parameters, limits.Parameters), Between(first.Bytes, limits.Bytes));
    }

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
        [.. steps[0].Zip(steps[^1], (before, after) => after with { Before = before.Before, Inexact = before.Inexact ?? after.Inexact, Compensation = after.Compensation ?? before.Compensation, Reason = after.After < before.Before ? null : after.Reason })];
}

/// <summary>What a prune stage made.</summary>
/// <param name="Model">The cut model.</param>
/// <param name="Before">Cost before.</param>
/// <param name="After">Cost after, as planned; the file is measured on its own.</param>
/// <param name="Layers">What happened to each layer.</param>
/// <param name="Lowest">Cost of the deepest cut: the bottom of the feasible range.</param>
/// <param name="IsOutOfReach">True where the model is that deepest cut and still above a limit.</param>
sealed record PruneOutcome(OnnxModel Model, Cost Before, Cost After, IReadOnlyList<LayerOutcome> Layers, Cost Lowest, bool IsOutOfReach);
