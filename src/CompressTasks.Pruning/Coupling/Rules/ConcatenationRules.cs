using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that put label lists together, cut them apart or repeat them.</summary>
static class ConcatenationRules
{
    const long LongestNewAxis = 1 << 20;

    public static void AddTo(RuleTable table)
    {
        table.Passes("Concat", Concat);
        table.Passes("Split", Split);
        table.Passes("Slice", Slice, "along a sliced axis only with constant bounds and steps of 1 or -1");
        table.Passes("Pad", Pad, "along a padded axis only with constant values");
        table.Passes("Tile", Tile);
        table.Passes("Expand", Expand, "not where the target is computed");
        table.Passes("ConstantOfShape", ConstantOfShape, "not where the target is computed");
    }

    static void Concat(NodeProto node, CouplingContext context)
    {
        var operands = node.Input.Select(input => (Labels: context.Of(input), Shape: context.Shape(input))).ToArray();
        var rank = operands[0].Shape.Length;
        var axis = Normalize(node.Int("axis", 0), rank);
        var result = new int[]?[rank];
        for (var other = 0; other < rank; other++)
        {
            if (other == axis) continue;
            result[other] = operands.Select(operand => operand.Labels[other]).FirstOrDefault(labels => labels is not null);
            if (result[other] is null) continue;
            foreach (var operand in operands) context.Tie(result[other], operand.Labels[other], node);
        }

        if (operands.Any(operand => operand.Labels[axis] is not null))
        {
            result[axis] = [.. operands.SelectMany(operand => operand.Labels[axis] ?? Uncut(context, operand.Shape[axis], node))];
        }

        context.Set(node.Output[0], result);
    }

    static void Split(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var axis = Normalize(node.Int("axis", 0), input.Length);
        if (node.InputOrNull(1) is { } sizes && !context.IsInitializer(sizes)) context.Freeze(input[axis], new FreezeReason("sizes that are not constant", node.DisplayName()));
        var start = 0;
        foreach (var output in node.Output)
        {
            var length = (int)context.Shape(output)[axis];
            var result = (int[]?[])input.Clone();
            result[axis] = input[axis]?[start..(start + length)];
            context.Set(output, result);
            start += length;
        }
    }

    static void Slice(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        if (SliceRange.Read(node, context.Shapes) is not { } ranges)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("slice bounds that are not constant", node.DisplayName()));
            return;
        }

        var result = (int[]?[])input.Clone();
        var isConstant = node.Input.Skip(1).All(name => name.Length == 0 || context.IsInitializer(name));
        foreach (var range in ranges)
        {
            if (input[range.Axis] is not { } labels) continue;
            if (!isConstant) context.Freeze(labels, new FreezeReason("slice bounds that are not constant", node.DisplayName()));
            // What is left of every second index is no regular sequence any more, so only dense slices can be cut along.
            if (Math.Abs(range.Step) != 1) context.Freeze(labels, new FreezeReason("slice with a step", node.DisplayName()));
            result[range.Axis] = [.. range.Indices(labels.Length).Select(index => labels[index])];
        }

        context.Set(node.Output[0], result);
    }

    static void Pad(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var shape = context.Shape(node.Input[0]);
        var pads = node.Ints("pads") ?? (node.InputOrNull(1) is { } operand ? context.Shapes.Integers(operand) : null);
        if (pads is null || node.InputOrNull(3) is not null)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("padding that is not constant", node.DisplayName()));
            return;
        }

        var result = (int[]?[])input.Clone();
        for (var axis = 0; axis < input.Length; axis++)
        {
            if (input[axis] is not { } labels) continue;
            var (before, after) = (pads[axis], pads[axis + shape.Length]);
            var isConstant = node.InputOrNull(1) is not { } name || context.IsInitializer(name);
            if (!isConstant) context.Freeze(labels, new FreezeReason("padding that is not constant", node.DisplayName()));
            if (before == 0 && after == 0) continue;
            if (before < 0 || after < 0 || node.Text("mode", "constant") != "constant")
            {
                context.Freeze(labels, new FreezeReason("padded by its own values or cropped", node.DisplayName()));
                result[axis] = null;
                continue;
            }

            result[axis] = [.. Uncut(context, before, node), .. labels, .. Uncut(context, after, node)];
        }

        context.Set(node.Output[0], result);
    }

    static void Tile(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var (from, to) = (context.Shape(node.Input[0]), context.Shape(node.Output[0]));
        var result = new int[]?[input.Length];
        for (var axis = 0; axis < input.Length; axis++)
        {
            if (input[axis] is { } labels) result[axis] = [.. Enumerable.Repeat(labels, (int)(to[axis] / from[axis])).SelectMany(copy => copy)];
        }

        context.Set(node.Output[0], result);
    }

    /// <summary>An axis of one index that is expanded gets labels of its own, which may be cut: the target's constant is mended.</summary>
    static void Expand(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var (from, to) = (context.Shape(node.Input[0]), context.Shape(node.Output[0]));
        var result = new int[]?[to.Length];
        var target = context.Lengths.Of(node.Input[1]);
        for (var axis = 0; axis < to.Length; axis++)
        {
            var own = axis - (to.Length - from.Length);
            if (own >= 0 && from[own] == to[axis])
            {
                result[axis] = input[own];
                continue;
            }

            if (own >= 0) context.Freeze(input[own], new FreezeReason("broadcast axis", node.DisplayName()));
            result[axis] = New(context, to[axis]);
        }

        ShapeComputations.CoupleWithTarget(node, context, node.Input[1], result, to.Length - (target?.Length ?? to.Length));
        context.Set(node.Output[0], result);
    }

    static void ConstantOfShape(NodeProto node, CouplingContext context)
    {
        int[]?[] result = [.. context.Shape(node.Output[0]).Select(length => New(context, length))];
        ShapeComputations.CoupleWithTarget(node, context, node.Input[0], result, 0);
        context.Set(node.Output[0], result);
    }

    /// <summary>Labels for an axis that the node makes; null for one so long that it is no axis of channels.</summary>
    static int[]? New(CouplingContext context, long length) =>
        length <= LongestNewAxis ? context.Labels.New(length) : null;

    /// <summary>Labels for indices that always stay.</summary>
    static int[] Uncut(CouplingContext context, long count, NodeProto node)
    {
        var labels = context.Labels.New(count);
        context.Freeze(labels, new FreezeReason("tied to an axis that is never cut", node.DisplayName()));
        return labels;
    }

    static int Normalize(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
