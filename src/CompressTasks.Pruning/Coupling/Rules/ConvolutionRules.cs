using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>
/// Convolutions: output channels are the weight's rows, input channels its columns. In a grouped one an input channel is
/// (group, position) and the weight's columns are positions, so that a cut takes a whole group or one position of every group.
/// </summary>
static class ConvolutionRules
{
    public static void AddTo(RuleTable table)
    {
        table.Free("Conv", Convolution);
        table.Free("ConvTranspose", Transposed);
        table.Free(RuleSet.Microsoft("FusedConv"), Fused);
    }

    static void Convolution(NodeProto node, CouplingContext context)
    {
        Couple(node, context, node.Input[1]);
        if (node.InputOrNull(2) is { } bias) context.Tie(context.Of(bias)[0], context.Of(node.Output[0])[1], node);
    }

    /// <summary>A convolution with its activation and, as fourth input, what is added to its result.</summary>
    static void Fused(NodeProto node, CouplingContext context)
    {
        // Nothing has compared the declared shapes of a fused operator with each other.
        var rank = context.Shape(node.Output[0]).Length;
        if (rank < 3 || node.Input.Take(2).Any(input => context.Shape(input).Length != rank) || (node.InputOrNull(2) is { } bias && context.Shape(bias).Length != 1))
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("shape that is not understood", node.DisplayName()));
            return;
        }

        Convolution(node, context);
        if (node.InputOrNull(3) is not { } sum) return;
        var (result, shape) = (context.Of(node.Output[0]), context.Shape(node.Output[0]));
        context.Set(node.Output[0], Broadcasting.Couple(node, context, shape, [new(result, shape), new(context.Of(sum), context.Shape(sum))]));
    }

    /// <summary>Couples input, filters [outputs, inputs of a group, ...] and output of a convolution in any of its forms.</summary>
    public static void Couple(NodeProto node, CouplingContext context, string filters)
    {
        var (input, weight) = (context.Of(node.Input[0]), context.Of(filters));
        Couple(node, context, input, weight, inputsOfGroup: weight[1], rows: weight[0], out var outputs);
        context.Consumes(node, filters, 1);
        Finish(node, context, input, weight, outputs);
    }

    /// <summary>The weight is [inputs, outputs of a group, ...]: rows are input channels, columns repeat in every group.</summary>
    static void Transposed(NodeProto node, CouplingContext context)
    {
        var (input, weight) = (context.Of(node.Input[0]), context.Of(node.Input[1]));
        var groups = node.Int("group", 1);
        context.Consumes(node, node.Input[1], 0);
        context.Tie(input[1], weight[0], node);
        if (groups == 1)
        {
            FinishTransposed(node, context, input, weight, weight[1]);
            return;
        }

        var outputs = context.Labels.New(context.Shape(node.Output[0])[1]);
        if (weight[0] is { } rows)
        {
            var perGroup = rows.Length / groups;
            var group = context.Labels.New(groups);
            context.Labels.AddProduct(rows, [group, context.Labels.New(perGroup)], [groups, perGroup]);
            context.Labels.AddProduct(outputs, [group, weight[1]], [groups, outputs.Length / groups]);
            context.SizeIn(node, "group", group);
        }

        FinishTransposed(node, context, input, weight, outputs);
    }

    static void FinishTransposed(NodeProto node, CouplingContext context, int[]?[] input, int[]?[] weight, int[]? outputs)
    {
        Finish(node, context, input, weight, outputs);
        if (node.InputOrNull(2) is { } bias) context.Tie(context.Of(bias)[0], outputs, node);
    }

    static void Couple(NodeProto node, CouplingContext context, int[]?[] input, int[]?[] weight, int[]? inputsOfGroup, int[]? rows, out int[]? outputs)
    {
        outputs = rows;
        var groups = node.Int("group", 1);
        if (groups == 1)
        {
            context.Tie(input[1], inputsOfGroup, node);
            return;
        }

        var group = context.Labels.New(groups);
        if (input[1] is { } channels)
        {
            context.Labels.AddProduct(channels, [group, inputsOfGroup], [groups, channels.Length / groups]);
        }
        else
        {
            var reason = new FreezeReason("tied to an axis that is never cut", node.DisplayName());
            context.Freeze(group, reason);
            context.Freeze(inputsOfGroup, reason);
        }

        if (rows is not null)
        {
            var perGroup = rows.Length / groups;
            context.Labels.AddProduct(rows, [group, context.Labels.New(perGroup)], [groups, perGroup]);
        }

        context.SizeIn(node, "group", group);
    }

    static void Finish(NodeProto node, CouplingContext context, int[]?[] input, int[]?[] weight, int[]? outputs)
    {
        var reason = new FreezeReason("space", node.DisplayName());
        foreach (var axis in input.Skip(2).Concat(weight.Skip(2))) context.Freeze(axis, reason);
        var result = new int[]?[input.Length];
        result[0] = input[0];
        result[1] = outputs;
        context.Set(node.Output[0], result);
    }
}
