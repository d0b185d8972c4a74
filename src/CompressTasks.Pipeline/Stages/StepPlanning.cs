using CompressTasks.Onnx;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Analyses and scores a model for one cut.</summary>
sealed class StepPlanning
{
    /// <summary>Multiples that widths may be rounded to where the recipe leaves the choice, the one that mostly pays first.</summary>
    static readonly int[] Roundings = [16, 8, 32, 4, 1];

    readonly PruneStage stage;
    readonly PruneSetting setting;
    readonly bool isFirst;

    /// <param name="isFirst">Whether it is the stage's first cut.</param>
    /// <param name="movement">For the criterion movement: what training moved.</param>
    /// <exception cref="PruningException">CMP0603 data needed.</exception>
    public StepPlanning(PruneStage stage, PruneSetting setting, OnnxModel model, bool isFirst, IReadOnlyDictionary<string, Tensor>? movement, CancellationToken cancellation)
    {
        this.stage = stage;
        this.isFirst = isFirst;
        this.setting = setting;
        Graph = CouplingGraph.Build(model, ShapeInference.Infer(model, setting.Shapes), stage.AllowInexact ?? setting.IsTrainedAfterwards);
        using var module = setting.Data is null ? null : new GraphModule(model);
        var scoring = new Scoring(stage, module, setting.Data, setting.Outputs, setting.Seed) { Movement = movement };
        Means = stage.Granularity.Granularity == Granularity.Layer ? null : MeansBy(module, cancellation);
        (Plans, Description) = stage.Granularity.Granularity == Granularity.Layer ? Blocks(scoring, cancellation) : Units(scoring, cancellation);
    }

    public CouplingGraph Graph { get; }

    /// <summary>Plans by the same scores; more than one where the rounding of widths is to be chosen.</summary>
    public IReadOnlyList<CutPlan> Plans { get; }

    /// <summary>The one that reaches deepest.</summary>
    public CutPlan Deepest => Plans.MinBy(plan => plan.Everything.Cost.Macs)!;

    /// <summary>What can go, for people.</summary>
    public string Description { get; }

    /// <summary>What removed channels leave behind.</summary>
    public IReadOnlyDictionary<string, float[]>? Means { get; }

    /// <summary>The means of the model as it is now, after training.</summary>
    public IReadOnlyDictionary<string, float[]> MeansNow(CancellationToken cancellation)
    {
        using var module = setting.Data is null ? null : new GraphModule(Graph.Model);
        return MeansBy(module, cancellation);
    }

    IReadOnlyDictionary<string, float[]> MeansBy(GraphModule? module, CancellationToken cancellation) => module is null
        ? DataFreeMeans.Estimate(Graph)
        : MeasuredMeans.Estimate(Graph, module, SampleDraw.Batches(setting.Data!, stage.Samples, setting.Seed), cancellation);

    (IReadOnlyList<CutPlan>, string) Blocks(Scoring scoring, CancellationToken cancellation)
    {
        var blocks = ResidualBlock.Find(Graph.Model, Graph.Shapes);
        if (blocks.Count == 0)
        {
            throw new PruningException(
                PruningException.NothingToRemove,
                "The model has no block that can go as a whole: no addition x + f(x) of equal shapes with a weight in f.",
                Graph.Model.Path,
                "Use the granularity channel.");
        }

        var scores = scoring.Blocks(Graph, blocks, cancellation);
        var selection = new BlockSelection(Graph.Model, Graph.Shapes, blocks, scores, stage.MostPerGroup, stage.LeastPerGroup);
        return ([new BlockPlan(Graph, blocks, selection)], FormattableString.Invariant($"{blocks.Count} blocks of layers beside a skip connection"));
    }

    (IReadOnlyList<CutPlan>, string) Units(Scoring scoring, CancellationToken cancellation)
    {
        var heads = stage.Granularity.Granularity == Granularity.Head ? AttentionHeads.GroupsOf(Graph) : null;
        if (heads is { Count: 0 })
        {
            throw new PruningException(
                PruningException.NothingToRemove,
                "The model has no attention head that can go: no product of two computed values that is done for several heads, or all of them are tied to what stays.",
                Graph.Model.Path,
                "Use the granularity channel.");
        }

        var scores = scoring.Units(Graph, cancellation);
        // What comes normalised is not normalised again.
        var isComparable = stage.Criterion == Criterion.Lamp;
        var settings = new SelectionSettings(stage.Distribution)
        {
            Normalization = stage.GroupNormalization ?? (isComparable ? GroupNormalization.None : GroupNormalization.Mean),
            MostPerGroup = stage.MostPerGroup,
            LeastPerGroup = stage.LeastPerGroup,
            Groups = heads,
            Kept = KeptWidths.Of(Graph, stage, isFirst),
            Curves = stage.Distribution == Distribution.Sensitivity ? Curves(scores, heads, cancellation) : null,
            CostUnit = stage.CostUnit,
            Latencies = stage is { Distribution: Distribution.Budget, CostUnit: CostUnit.Milliseconds }
                ? new LayerTiming(setting.Timing, Math.Max(1, stage.RoundTo), setting.MeasurementFolder) { Progress = setting.Progress }.Measure(Graph, cancellation)
                : null,
        };
        var roundings = stage.RoundTo > 0 ? [stage.RoundTo] : setting.Latency is null ? [1] : Roundings.Where(Matters).ToArray();
        return (
            [.. roundings.Select(rounding => new UnitPlan(Graph, new UnitSelection(Graph, scores, settings with { RoundTo = rounding }), new CompensatedSurgery(stage, setting, Graph, cancellation)))],
            FormattableString.Invariant($"{Graph.Units.Count} units in {Graph.Groups.Count} groups"));
    }

    bool Matters(int rounding) => rounding == 1 || Graph.Groups.Any(group => group.Units.Count > rounding);

    IReadOnlyList<SensitivityCurve?> Curves(double[] scores, IReadOnlySet<int>? groups, CancellationToken cancellation)
    {
        return new SensitivityMeasurement(setting.CurveData, stage.Samples, setting.Seed, setting.Outputs, setting.MeasurementFolder) { Progress = setting.Progress }.Measure(Graph, scores, Means!, groups, cancellation);
    }
}
