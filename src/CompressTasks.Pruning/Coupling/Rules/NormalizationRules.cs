using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Normalisations whose statistics stay within a channel carry labels along; one that mixes channels freezes them.</summary>
static class NormalizationRules
{
    public static void Register(Dictionary<string, CouplingRule> rules)
    {
        rules["BatchNormalization"] = PerChannel;
        rules["InstanceNormalization"] = PerChannel;
        rules["LRN"] = (node, context) => AcrossAxis(node, context, 1, 2);
        rules["LpNormalization"] = (node, context) => AcrossAxis(node, context, node.Int("axis", -1), null);
        rules["LayerNormalization"] = (node, context) => AcrossAxis(node, context, node.Int("axis", -1), int.MaxValue);
        rules["RMSNormalization"] = (node, context) => AcrossAxis(node, context, node.Int("axis", -1), int.MaxValue);
        rules["Softmax"] = rules["LogSoftmax"] = rules["Hardmax"] = Softmax;
    }

    /// <summary>Scale, bias and statistics are vectors over axis 1.</summary>
    static void PerChannel(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        foreach (var vector in node.Input.Skip(1)) context.Tie(input[1], context.Of(vector)[0], node);
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
        foreach (var vector in node.Input.Skip(1).Where(name => name.Length > 0)) context.FreezeAll(vector, reason);
        context.Set(node.Output[0], input);
    }
}
