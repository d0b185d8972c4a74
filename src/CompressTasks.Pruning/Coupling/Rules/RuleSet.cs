using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>What one operator says about the labels of its inputs and outputs.</summary>
delegate void CouplingRule(NodeProto node, CouplingContext context);

/// <summary>The rules by operator of the default domain. An operator without a rule freezes what it touches.</summary>
static class RuleSet
{
    static readonly Dictionary<string, CouplingRule> Rules = new(StringComparer.Ordinal);

    static RuleSet()
    {
        ConvolutionRules.Register(Rules);
        MatrixRules.Register(Rules);
        ElementwiseRules.Register(Rules);
        NormalizationRules.Register(Rules);
        ReductionRules.Register(Rules);
        ConcatenationRules.Register(Rules);
        ReshapeRules.Register(Rules);
    }

    public static void Apply(NodeProto node, CouplingContext context)
    {
        var known = node.Domain is "" or "ai.onnx" && Rules.TryGetValue(node.OpType, out _);
        if (!known)
        {
            FreezeNode(node, context, new FreezeReason($"unsupported operator {node.OpType}", node.DisplayName()));
            return;
        }

        if (node.Input.Concat(node.Output).Any(value => value.Length > 0 && !context.IsInitializer(value) && !context.HasShape(value)))
        {
            FreezeNode(node, context, new FreezeReason("unknown shape", node.DisplayName()));
            return;
        }

        Rules[node.OpType](node, context);
    }

    /// <summary>Nothing that the node reads or writes can be cut.</summary>
    public static void FreezeNode(NodeProto node, CouplingContext context, FreezeReason reason)
    {
        foreach (var input in node.Input.Concat(Subgraphs.CapturedValues(node)))
        {
            if (input.Length > 0) context.FreezeAll(input, reason);
        }
    }
}
