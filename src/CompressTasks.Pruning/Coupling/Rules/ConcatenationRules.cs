using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that put label lists together, cut them apart or pick from them.</summary>
static class ConcatenationRules
{
    public static void Register(Dictionary<string, CouplingRule> rules)
    {
        rules["Concat"] = Concat;
        rules["Split"] = Split;
        rules["Slice"] = Slice;
        rules["Gather"] = Gather;
        rules["Pad"] = Pad;
        rules["Tile"] = Tile;
        rules["Expand"] = Expand;
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
        foreach (var range in ranges)
        {
            if (input[range.Axis] is not { } labels) continue;
            // What is left of every second index is no regular sequence any more, so only dense slices can be cut along.
            if (Math.Abs(range.Step) != 1) context.Freeze(labels, new FreezeReason("slice with a step", node.DisplayName()));
            result[range.Axis] = [.. range.Indices(labels.Length).Select(index => labels[index])];
        }

        context.Set(node.Output[0], result);
    }

    /// <summary>Constant indices pick labels. A scalar index drops the axis, which therefore stays as it is; so does one that is looked up at run time.</summary>
    static void Gather(NodeProto node, CouplingContext context)
    {
        var data = context.Of(node.Input[0]);
        var axis = Normalize(node.Int("axis", 0), data.Length);
        var indexShape = context.Shape(node.Input[1]);
        var indices = context.Shapes.Integers(node.Input[1]);
        int[]?[] picked;
        if (indices is not null && indexShape.Length == 1)
        {
            picked = [data[axis] is { } labels ? [.. indices.Select(index => labels[index < 0 ? index + labels.Length : index])] : null];
        }
        else
        {
            context.Freeze(data[axis], new FreezeReason("looked up by index", node.DisplayName()));
            picked = new int[]?[indexShape.Length];
        }

        context.Set(node.Output[0], [.. data[..axis], .. picked, .. data[(axis + 1)..]]);
    }

    static void Pad(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var shape = context.Shape(node.Input[0]);
        var pads = node.Ints("pads") ?? (node.InputOrNull(1) is { } name ? context.Shapes.Integers(name) : null);
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
        var constantTarget = context.Shapes.Integers(node.Input[1]) is not null;
        var result = new int[]?[to.Length];
        for (var axis = 0; axis < to.Length; axis++)
        {
            var own = axis - (to.Length - from.Length);
            var sameLength = own >= 0 && from[own] == to[axis];
            if (sameLength) result[axis] = input[own];
            else if (own >= 0) context.Freeze(input[own], new FreezeReason("broadcast axis", node.DisplayName()));
            if (sameLength && !constantTarget) context.Freeze(result[axis], new FreezeReason("shape that is not constant", node.DisplayName()));
            if (!sameLength && constantTarget) result[axis] = context.Labels.New(to[axis]);
        }

        context.Set(node.Output[0], result);
    }

    /// <summary>Labels for indices that always stay.</summary>
    static int[] Uncut(CouplingContext context, long count, NodeProto node)
    {
        var labels = context.Labels.New(count);
        context.Freeze(labels, new FreezeReason("tied to an axis that is never cut", node.DisplayName()));
        return labels;
    }

    static int Normalize(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
