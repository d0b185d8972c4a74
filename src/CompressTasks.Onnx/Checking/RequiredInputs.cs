using System.Collections.Frozen;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>How many inputs, from the first on, a node of the ONNX domain, or a fused one of ONNX Runtime's, cannot do without.</summary>
static class RequiredInputs
{
    static readonly FrozenDictionary<string, int> counts = Collect();

    static readonly FrozenDictionary<string, int> fused = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["Attention"] = 1,
        ["BiasGelu"] = 2,
        ["FastGelu"] = 1,
        ["FusedConv"] = 2,
        ["FusedMatMul"] = 2,
        ["Gelu"] = 1,
        ["GroupQueryAttention"] = 1,
        ["MultiHeadAttention"] = 1,
        ["QuickGelu"] = 1,
        ["SkipLayerNormalization"] = 3,
        ["SkipSimplifiedLayerNormalization"] = 3,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <returns>The number of the first input that is missing, counted from 0, or null.</returns>
    public static int? Missing(NodeProto node)
    {
        if (!(node.Domain switch { "" or "ai.onnx" => counts, "com.microsoft" => fused, _ => FrozenDictionary<string, int>.Empty }).TryGetValue(node.OpType, out var count)) return null;
        for (var i = 0; i < count; i++)
        {
            if (node.InputOrNull(i) is null) return i;
        }

        return null;
    }

    static FrozenDictionary<string, int> Collect()
    {
        var all = ShapeRules.Operators.ToDictionary(name => name, _ => 1, StringComparer.Ordinal);
        void Need(int count, params string[] names)
        {
            foreach (var name in names) all[name] = count;
        }

        Need(0, "Constant", "RandomNormal", "RandomUniform");
        Need(
            2,
            "Conv", "ConvTranspose", "ConvInteger", "Gemm", "MatMul", "MatMulInteger", "Add", "Sub", "Mul", "Div", "Pow", "Mod",
            "And", "Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "PRelu", "Reshape", "Expand",
            "Tile", "Gather", "GatherElements", "GatherND", "GridSample", "MaxRoiPool", "LayerNormalization",
            "RMSNormalization", "DequantizeLinear", "CumSum", "Compress", "BitShift");
        Need(
            3,
            "Where", "LSTM", "GRU", "RNN", "OneHot", "Range", "InstanceNormalization", "GroupNormalization", "ScatterElements",
            "ScatterND", "RoiAlign", "Attention", "DeformConv", "Col2Im");
        Need(5, "BatchNormalization");
        Need(8, "QLinearConv", "QLinearMatMul");
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
