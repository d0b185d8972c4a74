using System.Collections.Frozen;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>The rule of each operator that inference knows, one family a file in Rules/.</summary>
static class ShapeRules
{
    static readonly FrozenDictionary<string, Action<NodeInference>> rules = Collect();

    /// <summary>The operators that have a rule; those outside of the default domain with their domain in front.</summary>
    public static IEnumerable<string> Operators => rules.Keys;

    /// <returns>The rule, or null for an operator that is unknown.</returns>
    public static Action<NodeInference>? For(NodeProto node) => rules.GetValueOrDefault(node.QualifiedName());

    static FrozenDictionary<string, Action<NodeInference>> Collect()
    {
        var all = new Dictionary<string, Action<NodeInference>>(StringComparer.Ordinal);
        ConvolutionRules.AddTo(all);
        PoolingRules.AddTo(all);
        MatrixRules.AddTo(all);
        ElementwiseRules.AddTo(all);
        NormalizationRules.AddTo(all);
        ReductionRules.AddTo(all);
        RearrangingRules.AddTo(all);
        JoiningRules.AddTo(all);
        SlicingRules.AddTo(all);
        IndexingRules.AddTo(all);
        ResizingRules.AddTo(all);
        GeneratingRules.AddTo(all);
        RecurrentRules.AddTo(all);
        QuantizationRules.AddTo(all);
        AttentionRules.AddTo(all);
        SignalRules.AddTo(all);
        LossRules.AddTo(all);
        ControlFlowRules.AddTo(all);
        LoopRules.AddTo(all);
        MicrosoftRules.AddTo(all);
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
