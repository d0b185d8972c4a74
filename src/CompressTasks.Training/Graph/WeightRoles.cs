using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>What an initializer is to training.</summary>
enum WeightRole
{
    /// <summary>Neither trained nor updated: bounds, scales, indices, single numbers.</summary>
    Constant,

    /// <summary>Trained.</summary>
    Weight,

    /// <summary>A running mean or variance, updated by batch normalisation in training mode.</summary>
    Statistic,
}

/// <summary>
/// Tells weights from constants by who reads them. Only floating-point initializers are weights, and only where an operator takes trained
/// values: kernels, matrices, scales and biases, also through operators that only rearrange them. A single number that is added, multiplied
/// by or looked up is arithmetic, not a weight; what is subtracted or divided by (the mean and deviation of a data set) is not trained.
/// </summary>
static class WeightRoles
{
    /// <summary>Input positions that take trained values, by operator.</summary>
    static readonly Dictionary<string, int[]> Trained = new(StringComparer.Ordinal)
    {
        ["Conv"] = [1, 2],
        ["ConvTranspose"] = [1, 2],
        ["Gemm"] = [0, 1, 2],
        ["MatMul"] = [0, 1],
        ["Einsum"] = [0, 1, 2, 3],
        ["BatchNormalization"] = [1, 2],
        ["InstanceNormalization"] = [1, 2],
        ["LayerNormalization"] = [1, 2],
        ["GroupNormalization"] = [1, 2],
        ["PRelu"] = [1],
        ["Add"] = [0, 1],
        ["Mul"] = [0, 1],
        ["Gather"] = [0],
        ["LSTM"] = [1, 2, 3, 7],
        ["GRU"] = [1, 2, 3],
        ["RNN"] = [1, 2, 3],
    };

    static readonly HashSet<string> SingleNumberIsArithmetic = new(["Add", "Mul", "MatMul", "Gather"], StringComparer.Ordinal);

    static readonly HashSet<string> Rearranging = new(
        ["Transpose", "Reshape", "Flatten", "Unsqueeze", "Squeeze", "Identity", "Cast", "Expand", "Concat", "Slice", "Split"],
        StringComparer.Ordinal);

    public static WeightRole Of(TensorProto initializer, GraphIndex index)
    {
        if (!ElementTypes.IsFloatingPoint(initializer.ElementType())) return WeightRole.Constant;
        if (IsStatistic(initializer.Name, index)) return WeightRole.Statistic;
        return IsTrained(initializer.Name, initializer.ElementCount() == 1, index) ? WeightRole.Weight : WeightRole.Constant;
    }

    static bool IsStatistic(string value, GraphIndex index) =>
        index.Consumers(value).Any(node => node.Is("BatchNormalization") && Reads(node, value, [3, 4]));

    static bool IsTrained(string value, bool isNumber, GraphIndex index) =>
        index.Consumers(value).Any(node => TrainsAt(node, value, isNumber, index));

    static bool TrainsAt(NodeProto node, string value, bool isNumber, GraphIndex index)
    {
        if (node.Domain is not ("" or "ai.onnx")) return false;
        if (Trained.TryGetValue(node.OpType, out var positions))
        {
            return Reads(node, value, positions) && !(isNumber && SingleNumberIsArithmetic.Contains(node.OpType));
        }

        // Every other input constant too: an activation that passes through the node would make anything concatenated to it a weight.
        return Rearranging.Contains(node.OpType)
            && node.Input.All(input => input.Length == 0 || index.IsInitializer(input))
            && node.Output.Any(output => IsTrained(output, isNumber, index));
    }

    static bool Reads(NodeProto node, string value, int[] positions) => positions.Any(position => node.InputOrNull(position) == value);
}
