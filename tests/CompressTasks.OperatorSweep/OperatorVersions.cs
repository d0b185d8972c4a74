using CompressTasks.Onnx;

namespace CompressTasks.OperatorSweep;

/// <summary>
/// The operator sets of the ONNX specification (its changelog) that changed each operator, from the oldest that is read to the newest.
/// The first number may be older than the oldest that is read. GlobalLpPool-22 is left out: ONNX Runtime has no kernel for it.
/// </summary>
static class OperatorVersions
{
    static readonly int[] WithWideTypes = [13, 19, 21, 23, 24, 25];

    static readonly Dictionary<string, int[]> Changes = new(StringComparer.Ordinal)
    {
        ["Abs"] = [6, 13], ["Acos"] = [7, 22], ["Acosh"] = [9, 22], ["Add"] = [7, 13, 14], ["And"] = [7],
        ["ArgMax"] = [1, 11, 12, 13], ["ArgMin"] = [1, 11, 12, 13], ["Asin"] = [7, 22], ["Asinh"] = [9, 22], ["Atan"] = [7, 22],
        ["Atanh"] = [9, 22], ["Attention"] = [23, 24], ["AveragePool"] = [7, 10, 11, 19, 22], ["BatchNormalization"] = [7, 9, 14, 15],
        ["Cast"] = [6, 9, .. WithWideTypes], ["CastLike"] = [15, 19, 21, 23, 24, 25], ["Ceil"] = [6, 13], ["Celu"] = [12],
        ["Clip"] = [6, 11, 12, 13], ["Compress"] = [9, 11], ["Concat"] = [4, 11, 13], ["ConstantOfShape"] = [9, 20, 21, 23, 24, 25],
        ["Conv"] = [1, 11, 22], ["ConvTranspose"] = [1, 11, 22], ["Cos"] = [7, 22], ["Cosh"] = [9, 22], ["CumSum"] = [11, 14],
        ["DepthToSpace"] = [1, 11, 13], ["DequantizeLinear"] = [10, 13, 19, 21, 23, 24, 25], ["Div"] = [7, 13, 14], ["Dropout"] = [7, 10, 12, 13, 22], ["Einsum"] = [12], ["Elu"] = [6, 22],
        ["Equal"] = [7, 11, 13, 19], ["Erf"] = [9, 13], ["Exp"] = [6, 13], ["Expand"] = [8, 13], ["EyeLike"] = [9, 22],
        ["Flatten"] = [1, 9, 11, 13, 21, 23, 24, 25], ["Floor"] = [6, 13], ["Gather"] = [1, 11, 13], ["GatherElements"] = [11, 13],
        ["GatherND"] = [11, 12, 13], ["Gelu"] = [20], ["Gemm"] = [7, 9, 11, 13], ["GlobalAveragePool"] = [1, 22],
        ["GlobalLpPool"] = [2], ["GlobalMaxPool"] = [1, 22], ["Greater"] = [7, 9, 13], ["GreaterOrEqual"] = [12, 16],
        ["GridSample"] = [16, 20, 22], ["GroupNormalization"] = [18, 21], ["GRU"] = [7, 14, 22], ["Hardmax"] = [1, 11, 13],
        ["HardSigmoid"] = [6, 22], ["HardSwish"] = [14, 22], ["Identity"] = [1, 14, 16, .. WithWideTypes],
        ["InstanceNormalization"] = [6, 22], ["IsInf"] = [10, 20], ["IsNaN"] = [9, 13, 20], ["LayerNormalization"] = [17],
        ["LeakyRelu"] = [6, 16], ["Less"] = [7, 9, 13], ["LessOrEqual"] = [12, 16], ["Log"] = [6, 13], ["LogSoftmax"] = [1, 11, 13],
        ["LpNormalization"] = [1, 22], ["LpPool"] = [2, 11, 18, 22], ["LRN"] = [1, 13], ["LSTM"] = [7, 14, 22], ["MatMul"] = [1, 9, 13],
        ["Max"] = [6, 8, 12, 13], ["MaxPool"] = [1, 8, 10, 11, 12, 22], ["Mean"] = [6, 8, 13], ["MeanVarianceNormalization"] = [9, 13],
        ["Min"] = [6, 8, 12, 13], ["Mish"] = [18, 22], ["Mod"] = [10, 13], ["Mul"] = [7, 13, 14], ["Neg"] = [6, 13], ["NonZero"] = [9, 13],
        ["Not"] = [1], ["OneHot"] = [9, 11], ["Or"] = [7], ["Pad"] = [2, 11, 18, .. WithWideTypes], ["Pow"] = [7, 12, 13, 15],
        ["PRelu"] = [7, 9, 16], ["QuantizeLinear"] = [10, 13, 19, 21, 23, 24, 25], ["Range"] = [11], ["Reciprocal"] = [6, 13], ["ReduceL1"] = [1, 11, 13, 18], ["ReduceL2"] = [1, 11, 13, 18],
        ["ReduceLogSum"] = [1, 11, 13, 18], ["ReduceLogSumExp"] = [1, 11, 13, 18], ["ReduceMax"] = [1, 11, 12, 13, 18, 20],
        ["ReduceMean"] = [1, 11, 13, 18], ["ReduceMin"] = [1, 11, 12, 13, 18, 20], ["ReduceProd"] = [1, 11, 13, 18],
        ["ReduceSum"] = [1, 11, 13], ["ReduceSumSquare"] = [1, 11, 13, 18], ["Relu"] = [6, 13, 14], ["Reshape"] = [5, 14, .. WithWideTypes],
        ["Resize"] = [10, 11, 13, 18, 19], ["ReverseSequence"] = [10], ["RMSNormalization"] = [23], ["RNN"] = [7, 14, 22],
        ["RotaryEmbedding"] = [23],
        ["Round"] = [11, 22], ["Scatter"] = [9], ["ScatterElements"] = [11, 13, 16, 18], ["ScatterND"] = [11, 13, 16, 18],
        ["Selu"] = [6, 22], ["Shape"] = [1, 15, .. WithWideTypes], ["Shrink"] = [9], ["Sigmoid"] = [6, 13], ["SimplifiedLayerNormalization"] = [1], ["Sign"] = [9, 13],
        ["Sin"] = [7, 22], ["Sinh"] = [9, 22], ["Size"] = [1, .. WithWideTypes], ["Slice"] = [1, 10, 11, 13], ["Softmax"] = [1, 11, 13],
        ["Softplus"] = [1, 22], ["Softsign"] = [1, 22], ["SpaceToDepth"] = [1, 13], ["Split"] = [2, 11, 13, 18], ["Sqrt"] = [6, 13],
        ["Squeeze"] = [1, 11, 13, 21, 23, 24, 25], ["Sub"] = [7, 13, 14], ["Sum"] = [6, 8, 13], ["Swish"] = [24], ["Tan"] = [7, 22],
        ["Tanh"] = [6, 13], ["ThresholdedRelu"] = [10, 22], ["Tile"] = [6, 13], ["TopK"] = [1, 10, 11, 24],
        ["Transpose"] = [1, 13, 21, 23, 24, 25], ["Trilu"] = [14], ["Unsqueeze"] = [1, 11, 13, 21, 23, 24, 25],
        ["Upsample"] = [7, 9], ["Where"] = [9, 16], ["Xor"] = [7],
    };

    /// <summary>The oldest operator set that is read where the operator is older, and each later one that changed it.</summary>
    public static IReadOnlyList<int> Of(string name) =>
        [.. Changes[name].Select(opset => Math.Max(opset, OnnxModel.OldestOpset)).Distinct().Order()];
}
