using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that look up, write or order along one axis: that axis stays as it is, the others pass.</summary>
static class IndexingRules
{
    public static void AddTo(RuleTable table)
    {
        table.Passes("Gather", Gather, "along the axis only with constant indices");
        table.Passes("GatherElements", AlongAxis, "not along its axis");
        table.Passes("ScatterElements", AlongAxis, "not along its axis");
        table.Passes("Scatter", AlongAxis, "not along its axis");
        table.Passes("GatherND", GatherByPosition, "not along the axes that are looked up");
        table.Passes("ScatterND", ScatterByPosition, "not along the axes that are written by index");
        table.Passes("TopK", Ordered, "not along its axis");
        table.Passes("CumSum", Accumulated, "not along its axis");
        table.Passes("OneHot", OneHot);
        table.Passes("Trilu", Trilu, "not along the last two axes");
        table.Frozen("NonZero", "positions of elements");
        table.Frozen("Compress", "positions of elements");
        table.Frozen("Unique", "positions of elements");
        table.Frozen("NonMaxSuppression", "boxes and scores of detections");
    }

    /// <summary>Constant indices pick labels. A scalar index drops the axis, which therefore stays as it is; so does one that is looked up at run time.</summary>
    static void Gather(NodeProto node, CouplingContext context)
    {
        var data = context.Of(node.Input[0]);
        var axis = Normalize(node.Int("axis", 0), data.Length);
        var indexShape = context.Shape(node.Input[1]);
        var indices = context.IsInitializer(node.Input[1]) ? context.Shapes.Integers(node.Input[1]) : null;
        int[]?[] picked;
        if (indices is not null && indexShape.Length == 1)
        {
            picked = [data[axis] is { } labels ? [.. indices.Select(index => labels[index < 0 ? index + labels.Length : index])] : null];
        }
        else
        {
            context.Freeze(data[axis], Reason(node));
            picked = context.Of(node.Input[1]);
        }

        context.Set(node.Output[0], [.. data[..axis], .. picked, .. data[(axis + 1)..]]);
    }

    /// <summary>Data, indices and updates run alongside each other except along the axis.</summary>
    static void AlongAxis(NodeProto node, CouplingContext context)
    {
        var gathers = node.OpType == "GatherElements";
        var operands = node.Input.Take(gathers ? 2 : 3).Select(input => (Labels: context.Of(input), Shape: context.Shape(input))).ToArray();
        var axis = Normalize(node.Int("axis", 0), operands[0].Labels.Length);
        var result = (int[]?[])operands[gathers ? 1 : 0].Labels.Clone();
        for (var i = 0; i < result.Length; i++)
        {
            if (i == axis || operands.Any(operand => operand.Shape[i] != operands[0].Shape[i]))
            {
                foreach (var operand in operands) context.Freeze(operand.Labels[i], Reason(node));
                result[i] = null;
                continue;
            }

            result[i] = operands.Select(operand => operand.Labels[i]).FirstOrDefault(labels => labels is not null);
            if (result[i] is null) continue;
            foreach (var operand in operands) context.Tie(result[i], operand.Labels[i], node);
        }

        context.Set(node.Output[0], result);
    }

    static void GatherByPosition(NodeProto node, CouplingContext context)
    {
        var data = context.Of(node.Input[0]);
        var lookedUp = (int)(node.Int("batch_dims", 0) + context.Shape(node.Input[1])[^1]);
        context.FreezeAll(node.Input[1], Reason(node));
        foreach (var axis in data[..lookedUp]) context.Freeze(axis, Reason(node));
        var passing = data[lookedUp..];
        context.Set(node.Output[0], [.. new int[]?[context.Shape(node.Output[0]).Length - passing.Length], .. passing]);
    }

    static void ScatterByPosition(NodeProto node, CouplingContext context)
    {
        var (data, updates) = (context.Of(node.Input[0]), context.Of(node.Input[2]));
        var written = (int)context.Shape(node.Input[1])[^1];
        context.FreezeAll(node.Input[1], Reason(node));
        foreach (var axis in data[..written]) context.Freeze(axis, Reason(node));
        var slices = data.Length - written;
        foreach (var axis in updates[..^slices]) context.Freeze(axis, Reason(node));
        for (var i = 1; i <= slices; i++)
        {
            if (data[^i] is not null || updates[^i] is not null) context.Tie(data[^i], updates[^i], node);
        }

        context.Set(node.Output[0], data);
    }

    static void Ordered(NodeProto node, CouplingContext context) => Except(node, context, "ordered axis", node.Int("axis", -1));

    static void Accumulated(NodeProto node, CouplingContext context)
    {
        if (context.Shapes.Integers(node.Input[1]) is [var axis]) Except(node, context, "accumulated axis", axis);
        else RuleSet.FreezeNode(node, context, new FreezeReason("axis that is not constant", node.DisplayName()));
    }

    static void Trilu(NodeProto node, CouplingContext context) => Except(node, context, "triangular axes", -1, -2);

    static void Except(NodeProto node, CouplingContext context, string reason, params ReadOnlySpan<long> frozen)
    {
        var result = (int[]?[])context.Of(node.Input[0]).Clone();
        foreach (var position in frozen)
        {
            var axis = Normalize(position, result.Length);
            context.Freeze(result[axis], new FreezeReason(reason, node.DisplayName()));
            result[axis] = null;
        }

        foreach (var output in node.Output.Where(name => name.Length > 0)) context.Set(output, result);
    }

    /// <summary>The new axis has one index per class and is no one's to cut.</summary>
    static void OneHot(NodeProto node, CouplingContext context)
    {
        context.FreezeAll(node.Input[2], Reason(node));
        var indices = context.Of(node.Input[0]);
        var axis = Normalize(node.Int("axis", -1), indices.Length + 1);
        context.Set(node.Output[0], [.. indices[..axis], null, .. indices[axis..]]);
    }

    static FreezeReason Reason(NodeProto node) => new("looked up by index", node.DisplayName());

    static int Normalize(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);
}
