using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling;

/// <summary>What follows for an axis from the use of its length: as long as it only sizes other axes, those are tied to it.</summary>
static class ShapeComputations
{
    /// <summary>Follows lengths through the node. Where one is used in another way than as a length, its axis is frozen.</summary>
    public static void Follow(NodeProto node, CouplingContext context)
    {
        var followed = context.Lengths.TryFollow(node);
        if (followed && node.OpType is not ("Mul" or "Div")) return;
        var reason = new FreezeReason("length used in arithmetic", node.DisplayName());
        for (var operand = 0; operand < node.Input.Count; operand++)
        {
            if (node.Input[operand].Length == 0 || IsTarget(node, operand)) continue;
            if (!followed) FreezeLengths(node.Input[operand], context, reason);
            else FreezeScaled(node, operand, context, reason);
        }
    }

    public static void FreezeLengths(string value, CouplingContext context, FreezeReason reason)
    {
        foreach (var origin in context.Lengths.Of(value) ?? []) Freeze(origin, context, reason);
    }

    /// <summary>
    /// Couples an output with the list of lengths that it is made to: an axis whose length is read from another one is tied to that, a
    /// constant length is mended after the cut, and along any other the output stays as it is.
    /// </summary>
    /// <param name="offset">Output axis of the list's first number.</param>
    public static void CoupleWithTarget(NodeProto node, CouplingContext context, string target, int[]?[] result, int offset)
    {
        var origins = context.Lengths.Of(target, result.Length - offset);
        for (var i = 0; i < origins.Length; i++)
        {
            var axis = i + offset;
            if (origins[i].IsConstant) continue;
            if (!origins[i].Follows)
            {
                context.Freeze(result[axis], new FreezeReason("shape that is not constant", node.DisplayName()));
                continue;
            }

            var source = context.Of(origins[i].Value!)[origins[i].Axis];
            if (source is null && result[axis] is null) continue;
            if (source?.Length == result[axis]?.Length)
            {
                context.Tie(source, result[axis], node);
                continue;
            }

            var reason = new FreezeReason("shape that is not constant", node.DisplayName());
            context.Freeze(source, reason);
            context.Freeze(result[axis], reason);
        }
    }

    static bool IsTarget(NodeProto node, int operand) => (node.OpType, operand) is ("Reshape", 1) or ("Expand", 1) or ("Resize", 3) or ("ConstantOfShape", 0);

    static void FreezeScaled(NodeProto node, int operand, CouplingContext context, FreezeReason reason)
    {
        var (before, after) = (context.Lengths.Of(node.Input[operand])!, context.Lengths.Of(node.Output[0])!);
        for (var i = 0; i < after.Length; i++)
        {
            if (!after[i].Follows) Freeze(before[before.Length == 1 ? 0 : i], context, reason);
        }
    }

    static void Freeze(LengthOrigin origin, CouplingContext context, FreezeReason reason)
    {
        if (origin.Follows && context.Of(origin.Value!) is var axes && origin.Axis < axes.Length) context.Freeze(axes[origin.Axis], reason);
    }
}
