using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Normalisations whose statistics stay within a channel carry labels along; one that mixes channels can be cut, but not exactly.</summary>
static class NormalizationRules
{
    public static void AddTo(RuleTable table)
    {
        table.Passes("BatchNormalization", PerChannel);
        table.Passes("InstanceNormalization", PerChannel);
        table.Inexact("GroupNormalization", GroupNormalization, "exact by whole groups");
        table.Inexact("LRN", (node, context) => Statistics(node, context, [1]), "exact along other axes");
        table.Inexact("LpNormalization", (node, context) => Statistics(node, context, [node.Int("axis", -1)]), "exact along other axes");
        table.Inexact("MeanVarianceNormalization", (node, context) => Statistics(node, context, node.Ints("axes") ?? [0, 2, 3]), "exact along other axes");
        foreach (var name in (string[])["LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization"])
        {
            table.Inexact(name, (node, context) => Trailing(node, context, node.Int("axis", -1), node.Input), "exact along other axes");
        }

        table.Inexact(RuleSet.Microsoft("SkipLayerNormalization"), Skip, "exact along other axes");
        table.Inexact(RuleSet.Microsoft("SkipSimplifiedLayerNormalization"), Skip, "exact along other axes");
        foreach (var name in (string[])["Softmax", "LogSoftmax", "Hardmax"]) table.Passes(name, Softmax, "not along its axis");
    }

    /// <summary>Scale, bias and statistics are vectors over axis 1. An instance normalisation takes statistics over the axes behind it.</summary>
    static void PerChannel(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        foreach (var vector in node.Input.Skip(1).Take(node.OpType == "BatchNormalization" ? 4 : 2)) context.Tie(input[1], context.Of(vector)[0], node);
        if (node.OpType == "InstanceNormalization")
        {
            foreach (var axis in input.Skip(2)) context.MarkInexact(axis, node, node.OpType);
        }

        context.Set(node.Output[0], input);
    }

    /// <summary>
    /// A channel is (group, position). Whole groups go exactly; the same position of every group goes too, but the statistics of each
    /// group change. Until operator set 20 scale and bias have one number per group.
    /// </summary>
    static void GroupNormalization(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        foreach (var axis in input.Skip(2)) context.MarkInexact(axis, node, node.OpType);
        var groups = node.Int("num_groups", 1);
        var group = context.Labels.New(groups);
        if (input[1] is { } channels)
        {
            var position = context.Labels.New(channels.Length / groups);
            context.Labels.AddProduct(channels, [group, position], [groups, position.Length]);
            context.MarkInexact(position, node, node.OpType);
        }
        else
        {
            context.Freeze(group, new FreezeReason("tied to an axis that is never cut", node.DisplayName()));
        }

        context.SizeIn(node, "num_groups", group);
        foreach (var vector in node.Input.Skip(1).Take(2))
        {
            context.Tie(context.Of(vector)[0], context.Shape(vector)[0] == groups && context.Opset < 21 ? group : input[1], node);
        }

        context.Set(node.Output[0], input);
    }

    /// <summary>The sum of the first two inputs and of the bias is normalised over its last axis; it may be an output of its own.</summary>
    static void Skip(NodeProto node, CouplingContext context)
    {
        Trailing(node, context, -1, node.Input);
        if (node.OutputOrNull(3) is { } sum) context.Set(sum, context.Of(node.Output[0]));
    }

    /// <summary>Statistics over all axes from <paramref name="first"/> on; scale and bias are broadcast over them.</summary>
    static void Trailing(NodeProto node, CouplingContext context, long first, IEnumerable<string> operands)
    {
        var shape = context.Shape(node.Output[0]);
        var start = (int)(first < 0 ? first + shape.Length : first);
        var result = Broadcasting.Couple(
            node,
            context,
            shape,
            [.. operands.Where(name => name.Length > 0).Select(name => new Broadcasting.Operand(context.Of(name), context.Shape(name)))]);
        foreach (var axis in result.Skip(start)) context.MarkInexact(axis, node, node.OpType);
        int[]?[] statistics = [.. result.Take(start), .. new int[]?[shape.Length - start]];
        foreach (var output in node.Output.Skip(1).Where(name => name.Length > 0)) context.Set(output, statistics);
        context.Set(node.Output[0], result);
    }

    static void Statistics(NodeProto node, CouplingContext context, long[] axes)
    {
        var input = context.Of(node.Input[0]);
        foreach (var axis in axes) context.MarkInexact(input[axis < 0 ? axis + input.Length : axis], node, node.OpType);
        context.Set(node.Output[0], input);
    }

    /// <summary>Before operator set 13 the axes from the given one on are normalised as one.</summary>
    static void Softmax(NodeProto node, CouplingContext context) =>
        AcrossAxis(node, context, node.Int("axis", context.Opset < 13 ? 1 : -1), context.Opset < 13 ? int.MaxValue : null);

    static void AcrossAxis(NodeProto node, CouplingContext context, long first, int? end)
    {
        var input = context.Of(node.Input[0]);
        var start = (int)(first < 0 ? first + input.Length : first);
        var reason = new FreezeReason("normalised axis", node.DisplayName());
        for (var axis = start; axis < Math.Min(input.Length, end ?? start + 1); axis++) context.Freeze(input[axis], reason);
        context.Set(node.Output[0], input);
    }
}
