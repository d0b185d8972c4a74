using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that sample space anew: channels pass.</summary>
static class ResizingRules
{
    public static void AddTo(RuleTable table)
    {
        table.Passes("Resize", Resize, "not along the axes that are resized");
        table.Passes("Upsample", Resize, "not along the axes that are resized");
        table.Passes("GridSample", ChannelsOfFirst);
        table.Passes("RoiAlign", ChannelsOfFirst);
        table.Passes("MaxRoiPool", ChannelsOfFirst);
    }

    /// <summary>Channels pass where their number does not change and the sizes, where given, are constant there or read from a tensor that is cut alike.</summary>
    static void Resize(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        var (from, to) = (context.Shape(node.Input[0]), context.Shape(node.Output[0]));
        var result = new int[]?[input.Length];
        for (var axis = 0; axis < input.Length; axis++)
        {
            if (from[axis] == to[axis]) result[axis] = input[axis];
            else context.Freeze(input[axis], new FreezeReason("resized axis", node.DisplayName()));
        }

        if (node.OpType == "Resize" && node.InputOrNull(3) is { } sizes)
        {
            if (node.Ints("axes") is { } axes)
            {
                foreach (var axis in axes) context.Freeze(result[axis < 0 ? axis + result.Length : axis], new FreezeReason("resized axis", node.DisplayName()));
            }
            else
            {
                ShapeComputations.CoupleWithTarget(node, context, sizes, result, 0);
            }
        }

        context.Set(node.Output[0], result);
    }

    /// <summary>Batch and channels of the sampled tensor; where it is sampled stays.</summary>
    static void ChannelsOfFirst(NodeProto node, CouplingContext context)
    {
        var reason = new FreezeReason("where samples are taken", node.DisplayName());
        foreach (var name in node.Input.Skip(1).Where(name => name.Length > 0)) context.FreezeAll(name, reason);
        var input = context.Of(node.Input[0]);
        foreach (var axis in input.Skip(2)) context.Freeze(axis, reason);
        context.Freeze(input[0], reason);
        var result = new int[]?[context.Shape(node.Output[0]).Length];
        result[1] = input[1];
        context.Set(node.Output[0], result);
    }
}
