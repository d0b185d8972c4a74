using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Pooling and reductions: what is reduced over stays whole, the other axes pass.</summary>
static class ReductionRules
{
    /// <summary>A sum is a product with ones: what is gone adds nothing, and neither does its square or its absolute value.</summary>
    static readonly string[] Sums = ["ReduceSum", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceSumSquare"];

    /// <summary>What is switched off counts here as a 0, or in an exponential as a 1, and what is gone does not count.</summary>
    static readonly string[] Counting = ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceLogSumExp"];

    public static void AddTo(RuleTable table)
    {
        foreach (var name in (string[])["MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]) table.Passes(name, Pool);
        foreach (var name in Sums) table.Passes(name, Reduce);
        foreach (var name in Counting) table.Inexact(name, Reduce, "exact along other axes");
        table.Passes("ReduceProd", Reduce, "not over the axis");
        foreach (var name in (string[])["ArgMax", "ArgMin"]) table.Passes(name, ArgumentOfExtreme, "not along its axis");
    }

    static void Pool(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        foreach (var axis in input.Skip(2)) context.Freeze(axis, new FreezeReason("space", node.DisplayName()));
        foreach (var output in node.Output.Where(name => name.Length > 0))
        {
            var result = new int[]?[input.Length];
            result[0] = input[0];
            result[1] = input[1];
            context.Set(output, result);
        }
    }

    static void Reduce(NodeProto node, CouplingContext context)
    {
        var rank = context.Of(node.Input[0]).Length;
        var axes = node.Ints("axes") ?? (node.InputOrNull(1) is { } input ? context.Shapes.Integers(input) : null);
        if (axes is null && node.InputOrNull(1) is not null)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("axes that are not constant", node.DisplayName()));
            return;
        }

        if (axes is null or [])
        {
            axes = node.Int("noop_with_empty_axes", 0) == 1 ? [] : [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
        }

        Over(node, context, [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))], node.Int("keepdims", 1) == 1);
    }

    static void ArgumentOfExtreme(NodeProto node, CouplingContext context)
    {
        var axis = (int)node.Int("axis", 0);
        Over(node, context, [axis < 0 ? axis + context.Of(node.Input[0]).Length : axis], node.Int("keepdims", 1) == 1);
    }

    static void Over(NodeProto node, CouplingContext context, HashSet<int> reduced, bool keep)
    {
        var input = context.Of(node.Input[0]);
        var result = new List<int[]?>();
        for (var axis = 0; axis < input.Length; axis++)
        {
            if (!reduced.Contains(axis))
            {
                result.Add(input[axis]);
                continue;
            }

            if (context.Decomposed.KindOf(node) is { } normalization) context.MarkInexact(input[axis], node, normalization);
            else if (Counting.Contains(node.OpType)) context.MarkInexact(input[axis], node, node.OpType);
            else if (!Sums.Contains(node.OpType)) context.Freeze(input[axis], new FreezeReason($"{node.OpType} over the axis", node.DisplayName()));
            if (keep) result.Add(null);
        }

        context.Set(node.Output[0], [.. result]);
    }
}
