using CompressTasks.Onnx;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pipeline;

/// <summary>A family of cuts of one model: what can be reached, and the way to each.</summary>
abstract class CutPlan
{
    public abstract Cut Nothing { get; }

    public abstract Cut Everything { get; }

    /// <param name="accepts">A further condition that is dear to test; null for none.</param>
    /// <returns>The smallest cut that keeps the limits; null where not even the deepest does.</returns>
    public abstract Cut? Find(CostLimits limits, Func<Cut, bool>? accepts);

    /// <summary>The model without what the cut removes.</summary>
    /// <param name="means">What removed channels leave behind; see ConstantCompensation. Null: nothing.</param>
    public abstract OnnxModel Make(Cut cut, IReadOnlyDictionary<string, float[]>? means);

    public abstract IReadOnlyList<LayerOutcome> Layers(Cut cut);

    /// <summary>Prediction of quality without data, 0 to 1, for comparing cuts by the same scores.</summary>
    public abstract double ImportanceLeft(Cut cut);
}

/// <summary>Channels, neurons and heads.</summary>
sealed class UnitPlan(CouplingGraph graph, UnitSelection selection) : CutPlan
{
    readonly CutSearch search = new(graph, selection);

    public override Cut Nothing => search.Nothing;

    public override Cut Everything => search.Everything;

    public override Cut? Find(CostLimits limits, Func<Cut, bool>? accepts) => search.CanReach(limits) ? search.Find(limits, accepts) : null;

    public override OnnxModel Make(Cut cut, IReadOnlyDictionary<string, float[]>? means) => ModelSurgery.Remove(graph, cut.Removed, means);

    public override IReadOnlyList<LayerOutcome> Layers(Cut cut) => LayerOutcome.Of(graph, cut.Removed);

    public override double ImportanceLeft(Cut cut) => selection.ImportanceLeft(cut.Removed);
}

/// <summary>Blocks of layers beside a skip connection; nothing stands in for what they contributed.</summary>
sealed class BlockPlan(CouplingGraph graph, IReadOnlyList<ResidualBlock> blocks, BlockSelection selection) : CutPlan
{
    public override Cut Nothing => selection.Nothing;

    public override Cut Everything => selection.Everything;

    public override Cut? Find(CostLimits limits, Func<Cut, bool>? accepts) => selection.Find(limits, accepts);

    public override OnnxModel Make(Cut cut, IReadOnlyDictionary<string, float[]>? means) => BlockSurgery.Remove(graph.Model, blocks, cut.Removed);

    public override IReadOnlyList<LayerOutcome> Layers(Cut cut) => LayerOutcome.Of(graph, blocks, cut.Removed);

    public override double ImportanceLeft(Cut cut) => 1 - ((double)cut.Removed.Count(gone => gone) / Math.Max(1, blocks.Count));
}
