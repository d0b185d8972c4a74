using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>All rules. An operator without a rule freezes what it touches.</summary>
static class RuleSet
{
    /// <summary>Domain of the fused operators that ONNX Runtime's optimiser and exporters write.</summary>
    const string MicrosoftDomain = "com.microsoft";

    static readonly RuleTable Table = Collect();

    /// <summary>By operator; those outside the default domain with their domain in front.</summary>
    public static IReadOnlyDictionary<string, OperatorRule> Rules => Table.Rules;

    public static string Microsoft(string name) => $"{MicrosoftDomain}.{name}";

    public static void Apply(NodeProto node, CouplingContext context)
    {
        ShapeComputations.Follow(node, context);
        if (!Rules.TryGetValue(NameOf(node), out var rule))
        {
            FreezeNode(node, context, new FreezeReason($"unsupported operator {NameOf(node)}", node.DisplayName()));
            return;
        }

        if (rule.Kind != CutKind.Frozen && node.Input.Concat(node.Output).Any(value => value.Length > 0 && !context.IsInitializer(value) && !context.HasShape(value)))
        {
            FreezeNode(node, context, new FreezeReason("unknown shape", node.DisplayName()));
            return;
        }

        rule.Apply(node, context);
        foreach (var output in node.Output) CheckOutput(node, output, context);
    }

    /// <summary>A rule that was misled by a shape that the model declares, and that nothing contradicted, must not go unnoticed.</summary>
    static void CheckOutput(NodeProto node, string output, CouplingContext context)
    {
        if (output.Length == 0 || !context.Axes.TryGetValue(output, out var labels) || !context.TryGetShape(output, out var shape)) return;
        var fits = labels.Length == shape.Length;
        for (var axis = 0; fits && axis < shape.Length; axis++) fits = labels[axis] is null || labels[axis]!.Length == shape[axis];
        if (fits) return;
        throw new ModelException(ModelException.Shape, $"Node '{node.DisplayName()}' ({node.OpType}) does not make the [{string.Join(", ", shape)}] that '{output}' is declared as.", context.File);
    }

    /// <summary>Nothing that the node reads or writes can be cut.</summary>
    public static void FreezeNode(NodeProto node, CouplingContext context, FreezeReason reason)
    {
        foreach (var input in node.Input.Concat(Subgraphs.CapturedValues(node)))
        {
            if (input.Length == 0) continue;
            context.FreezeAll(input, reason);
            ShapeComputations.FreezeLengths(input, context, reason);
        }
    }

    static string NameOf(NodeProto node) => node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}";

    static RuleTable Collect()
    {
        var table = new RuleTable();
        ConvolutionRules.AddTo(table);
        MatrixRules.AddTo(table);
        EinsumRule.AddTo(table);
        RecurrentRules.AddTo(table);
        ElementwiseRules.AddTo(table);
        NormalizationRules.AddTo(table);
        ReductionRules.AddTo(table);
        ConcatenationRules.AddTo(table);
        IndexingRules.AddTo(table);
        ReshapeRules.AddTo(table);
        ResizingRules.AddTo(table);
        QuantizationRules.AddTo(table);
        AttentionRules.AddTo(table);
        ControlFlowRules.AddTo(table);
        return table;
    }
}
