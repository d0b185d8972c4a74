using CompressTasks.Onnx;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pruning.Students;

/// <summary>How important units and blocks are to those students that inherit weights; low scores go first.</summary>
public sealed record StudentScores(Func<CouplingGraph, double[]> Units, Func<CouplingGraph, IReadOnlyList<ResidualBlock>, double[]> Blocks);

/// <summary>All students of one network: so many blocks less, and narrowed, mostly by one factor for each stage, until limits are kept.</summary>
public sealed class StudentFamily
{
    readonly IReadOnlyDictionary<string, long[]> shapes;
    readonly StudentScores scores;
    readonly CouplingGraph whole;
    readonly IReadOnlyList<ResidualBlock> blocks;
    readonly BlockCost blockCost;
    readonly int[] order;
    readonly Dictionary<int, Depth> depths = [];

    /// <param name="model">A simplified one; it is left as it is.</param>
    /// <param name="shapes">Concrete input shapes.</param>
    /// <exception cref="PruningException">CMP0605 where neither a block nor a unit can go.</exception>
    public StudentFamily(OnnxModel model, IReadOnlyDictionary<string, long[]> shapes, StudentScores scores)
    {
        (this.shapes, this.scores) = (shapes, scores);
        whole = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes), allowInexact: true);
        blocks = ResidualBlock.Find(model, whole.Shapes);
        if (blocks.Count == 0 && whole.Units.Count == 0)
        {
            throw new PruningException(
                PruningException.NothingToRemove,
                "No smaller network can be derived from the model: no layer can be narrowed, and no block of layers can go.",
                model.Path,
                "Give a student of your own.");
        }

        blockCost = new BlockCost(model, whole.Shapes, blocks);
        order = blocks.Count == 0 ? [] : BlockOrder.Of(whole.Shapes, blocks, scores.Blocks(whole, blocks));
    }

    /// <summary>Widths are rounded to multiples of this where they are wider; 1 for none.</summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>Cost of the network itself.</summary>
    public Cost Highest => blockCost.Of(new bool[blocks.Count]);

    /// <summary>
    /// How many blocks can go before the limits are kept by that alone: with one more there would be nothing left to narrow, and the limits would
    /// be undercut by what a block costs.
    /// </summary>
    /// <param name="accepts">A further condition that is dear to test, such as a measured latency; null for none.</param>
    public int MostBlocks(CostLimits limits, Func<OnnxModel, bool>? accepts)
    {
        bool IsKept(int gone) => limits.Allow(blockCost.Of(Removed(gone))) && accepts?.Invoke(BlockSurgery.Remove(whole.Model, blocks, Removed(gone))) != false;
        var (above, kept) = (-1, blocks.Count + 1);
        while (kept - above > 1)
        {
            var middle = above + ((kept - above) / 2);
            if (IsKept(middle)) kept = middle;
            else above = middle;
        }

        return Math.Max(0, kept - 1);
    }

    /// <summary>The largest student of this depth and tilt that keeps the limits.</summary>
    /// <param name="blocksGone">0 to <see cref="MostBlocks"/>.</param>
    /// <param name="tilt">See <see cref="WidthTilt"/>; null: no common factors, all units compete by their scores.</param>
    /// <param name="accepts">See <see cref="MostBlocks"/>.</param>
    /// <returns>Null where none does.</returns>
    public StudentShape? Find(int blocksGone, double? tilt, CostLimits limits, Func<OnnxModel, bool>? accepts)
    {
        var depth = At(blocksGone);
        var search = Search(depth, tilt);
        var planned = limits;
        // The plan's bytes are a few off, since surgery also mends constants.
        while (search.CanReach(planned) && search.Find(planned, accepts is null ? null : cut => accepts(ModelSurgery.Remove(depth.Graph, cut.Removed))) is { } cut)
        {
            var shape = Made(depth, cut);
            if (!(shape.Cost.Bytes > limits.Bytes)) return shape;
            planned = planned with { Bytes = planned.Bytes - (shape.Cost.Bytes - limits.Bytes) };
        }

        return null;
    }

    /// <summary>The smallest student of all: every block gone, every layer as narrow as can be.</summary>
    public StudentShape Smallest()
    {
        var depth = At(blocks.Count);
        return Made(depth, Search(depth, 0).Everything);
    }

    CutSearch Search(Depth depth, double? tilt) => new(depth.Graph, new UnitSelection(depth.Graph, depth.Scores, new SelectionSettings(tilt is null ? Distribution.Global : Distribution.Uniform)
    {
        RoundTo = RoundTo,
        Exponents = tilt is { } known ? WidthTilt.Exponents(depth.Stages, depth.Graph.Groups.Count, known) : null,
    }));

    bool[] Removed(int blocksGone)
    {
        var removed = new bool[blocks.Count];
        foreach (var block in order.AsSpan(0, Math.Min(blocksGone, order.Length))) removed[block] = true;
        return removed;
    }

    Depth At(int blocksGone)
    {
        if (depths.TryGetValue(blocksGone, out var known)) return known;
        var removed = Removed(blocksGone);
        var graph = whole;
        if (blocksGone > 0)
        {
            var model = BlockSurgery.Remove(whole.Model, blocks, removed);
            graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes), allowInexact: true);
        }

        return depths[blocksGone] = new Depth(removed, graph, LayerStage.Of(graph), scores.Units(graph));
    }

    StudentShape Made(Depth depth, Cut cut)
    {
        var model = ModelSurgery.Remove(depth.Graph, cut.Removed);
        var counted = CostModel.Count(model, ShapeInference.Infer(model, shapes));
        if (counted.Macs != cut.Cost.Macs || counted.Parameters != cut.Cost.Parameters)
        {
            throw new PruningException(
                PruningException.Inconsistent,
                FormattableString.Invariant($"The derived student has {counted.Macs} MACs and {counted.Parameters} parameters, planned were {cut.Cost.Macs} and {cut.Cost.Parameters}."),
                whole.Model.Path,
                "This is a defect of CompressTasks: please report it with the model.");
        }

        var gone = LayerOutcome.Of(whole, blocks, depth.Removed);
        var narrowed = LayerOutcome.Of(depth.Graph, cut.Removed);
        return new StudentShape(
            model,
            [.. blocks.Where(block => depth.Removed[block.Index]).Select(block => block.Name)],
            [.. depth.Stages.Select(stage => WidthOf(stage, depth.Graph, cut.Removed))],
            new Cost(counted.Macs, counted.Parameters, model.SizeInBytes),
            depth.Removed.Any(removed => removed) ? LayerOutcome.Merge(gone, narrowed) : narrowed);
    }

    static StageWidth WidthOf(LayerStage stage, CouplingGraph graph, bool[] removed)
    {
        int[] kept = [.. stage.Groups.Select(group => graph.Groups[group].Units.Count(unit => !removed[unit]))];
        return new StageWidth(stage.Name, stage.Width, kept.Min(), kept.Max());
    }

    /// <summary>The network without some of its blocks, analysed and scored once for all widths.</summary>
    sealed record Depth(bool[] Removed, CouplingGraph Graph, IReadOnlyList<LayerStage> Stages, double[] Scores);
}
