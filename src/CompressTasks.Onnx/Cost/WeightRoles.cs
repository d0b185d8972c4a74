using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Tells the weights of a graph from its constants, by who reads them: what counts as a parameter is what training changes. A floating
/// point tensor is a weight where an operator takes trained values (kernels, matrices, scales, biases, slopes, embedding tables), also
/// through operators that only rearrange it. A single number that is added, multiplied by or looked up is arithmetic, and what is
/// subtracted or divided by (mean and deviation of a data set) is not trained. Integers behind DequantizeLinear or inside quantised
/// operators count as the weights that they stand for.
/// </summary>
public sealed class WeightRoles
{
    /// <summary>Input positions that take trained values, by operator.</summary>
    static readonly Dictionary<string, int[]> Trained = new(StringComparer.Ordinal)
    {
        ["Conv"] = [1, 2],
        ["ConvTranspose"] = [1, 2],
        ["DeformConv"] = [1, 3],
        ["Gemm"] = [0, 1, 2],
        ["MatMul"] = [0, 1],
        ["Einsum"] = [0, 1, 2, 3],
        ["BatchNormalization"] = [1, 2],
        ["InstanceNormalization"] = [1, 2],
        ["LayerNormalization"] = [1, 2],
        ["GroupNormalization"] = [1, 2],
        ["RMSNormalization"] = [1],
        ["PRelu"] = [1],
        ["Add"] = [0, 1],
        ["Mul"] = [0, 1],
        ["Gather"] = [0],
        ["LSTM"] = [1, 2, 3, 7],
        ["GRU"] = [1, 2, 3],
        ["RNN"] = [1, 2, 3],
        ["QLinearConv"] = [3, 8],
        ["QLinearMatMul"] = [0, 3],
        ["ConvInteger"] = [0, 1],
        ["MatMulInteger"] = [0, 1],
        ["Attention"] = [0, 1, 2],
        ["SimplifiedLayerNormalization"] = [1],
        [Microsoft("FusedConv")] = [1, 2],
        [Microsoft("NhwcFusedConv")] = [1, 2],
        [Microsoft("FusedGemm")] = [0, 1, 2],
        [Microsoft("FusedMatMul")] = [0, 1],
        [Microsoft("BiasGelu")] = [1],
        [Microsoft("FastGelu")] = [1],
        [Microsoft("SkipLayerNormalization")] = [0, 1, 2, 3, 4],
        [Microsoft("SkipSimplifiedLayerNormalization")] = [0, 1, 2, 3],
        [Microsoft("EmbedLayerNormalization")] = [2, 3, 4, 5, 6],
        [Microsoft("Attention")] = [1, 2],
        [Microsoft("MultiHeadAttention")] = [0, 1, 2, 3],
        [Microsoft("GroupQueryAttention")] = [],
        [Microsoft("RotaryEmbedding")] = [],
        [Microsoft("GroupNorm")] = [1, 2],
        [Microsoft("MatMulNBits")] = [],
        [Microsoft("QLinearConv")] = [3, 8],
        [Microsoft("QAttention")] = [1, 2],
        [Microsoft("QGemm")] = [3, 6],
        [Microsoft("MatMulIntegerToFloat")] = [1, 6],
        [Microsoft("DynamicQuantizeMatMul")] = [1, 4],
    };

    static readonly HashSet<string> Quantised = new(
        [
            "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", Microsoft("QLinearConv"), Microsoft("QAttention"), Microsoft("QGemm"),
            Microsoft("MatMulIntegerToFloat"), Microsoft("DynamicQuantizeMatMul"),
        ],
        StringComparer.Ordinal);

    static readonly HashSet<string> SingleNumberIsArithmetic = new(["Add", "Mul", "Gather"], StringComparer.Ordinal);

    readonly Dictionary<NodeProto, long> parameters = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<string, WeightRole> roles = new(StringComparer.Ordinal);

    WeightRoles(GraphProto graph)
    {
        var reads = ConstantReads.Of(graph);
        foreach (var (node, input, constant) in reads)
        {
            if (node.Is("BatchNormalization") && input is 3 or 4 && roles.TryAdd(constant.Name, WeightRole.Statistic)) Buffers += constant.Elements;
        }

        foreach (var (node, input, constant) in reads)
        {
            if (!IsWeight(node, input, constant) || !roles.TryAdd(constant.Name, WeightRole.Weight)) continue;
            parameters[node] = parameters.GetValueOrDefault(node) + constant.Elements;
        }

        Weights = roles.Where(role => role.Value == WeightRole.Weight).Select(role => role.Key).ToHashSet(StringComparer.Ordinal);
        var lasting = reads.Where(read => IsWeight(read.Node, read.Input, read.Constant with { Elements = 1 })).Select(read => read.Constant.Name).ToHashSet(StringComparer.Ordinal);
        ArithmeticAtOne = Weights.Except(lasting).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Names of the tensors that are weights: initializers, and outputs of Constant nodes.</summary>
    public IReadOnlySet<string> Weights { get; }

    /// <summary>Those of <see cref="Weights"/> that would be arithmetic if they had one element left.</summary>
    public IReadOnlySet<string> ArithmeticAtOne { get; }

    /// <summary>Elements of all running statistics.</summary>
    public long Buffers { get; }

    /// <param name="graph">The main graph; what only its subgraphs read is constant.</param>
    public static WeightRoles Of(GraphProto graph) => new(graph);

    /// <summary>The role of an initializer or of a Constant node's output. A tensor that is also a running statistic is that.</summary>
    public WeightRole RoleOf(string name) => roles.GetValueOrDefault(name);

    /// <summary>Elements of the weights that <paramref name="node"/> is the first to read; a shared tensor counts once.</summary>
    public long ParametersOf(NodeProto node) => parameters.GetValueOrDefault(node);

    static bool IsWeight(NodeProto node, int input, StoredConstant constant)
    {
        var isReal = constant.IsDequantised || ElementTypes.IsFloatingPoint(constant.Type);
        var name = node.QualifiedName();
        if (!Trained.TryGetValue(name, out var positions))
        {
            // Of an operator of another domain nothing is known; numbers side by side are most likely learned.
            return node.Domain is not ("" or "ai.onnx") && isReal && constant.Elements > 1;
        }

        return positions.Contains(input) && (isReal || Quantised.Contains(name)) && !(constant.Elements == 1 && SingleNumberIsArithmetic.Contains(name));
    }

    static string Microsoft(string name) => $"{MicrosoftRules.Domain}.{name}";
}
