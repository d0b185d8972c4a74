using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Blocks;

/// <summary>Chooses the blocks that go: the lowest scores first, until the limits are kept.</summary>
public sealed class BlockSelection
{
    readonly BlockCost cost;
    readonly int[] order;
    readonly int most;

    /// <param name="scores">One per block.</param>
    /// <param name="mostPerGroup">Largest share of the blocks that may go; all blocks are one group.</param>
    /// <param name="leastPerGroup">Smallest share that stays.</param>
    public BlockSelection(OnnxModel model, GraphShapes shapes, IReadOnlyList<ResidualBlock> blocks, double[] scores, double mostPerGroup = 1, double leastPerGroup = 0)
    {
        const double Rounding = 1e-9;
        cost = new BlockCost(model, shapes, blocks);
        order = [.. Enumerable.Range(0, blocks.Count).OrderBy(block => scores[block]).ThenBy(block => block)];
        most = (int)Math.Floor((Math.Min(mostPerGroup, 1 - leastPerGroup) * blocks.Count) + Rounding);
        Nothing = At(0);
        Everything = At(most);
    }

    public Cut Nothing { get; }

    public Cut Everything { get; }

    /// <summary>The cut that keeps the limits with the fewest blocks gone; those that turn out not to be needed are given back, the best first.</summary>
    /// <param name="accepts">A further condition, asked only for cuts that keep the limits; null for none.</param>
    /// <returns>Null where not even the deepest cut is accepted.</returns>
    public Cut? Find(CostLimits limits, Func<Cut, bool>? accepts = null)
    {
        bool IsGood(Cut cut) => limits.Allow(cut.Cost) && accepts?.Invoke(cut) != false;
        for (var depth = 0; depth <= most; depth++)
        {
            var cut = At(depth);
            if (IsGood(cut)) return Fill(cut, IsGood);
        }

        return null;
    }

    Cut Fill(Cut cut, Func<Cut, bool> isGood)
    {
        for (var place = cut.Depth - 2; place >= 0; place--)
        {
            var removed = (bool[])cut.Removed.Clone();
            removed[order[place]] = false;
            var filled = new Cut(removed, cost.Of(removed), cut.Depth);
            if (isGood(filled)) cut = filled;
        }

        return cut;
    }

    Cut At(int depth)
    {
        var removed = new bool[order.Length];
        foreach (var block in order.AsSpan(0, depth)) removed[block] = true;
        return new Cut(removed, cost.Of(removed), depth);
    }
}
