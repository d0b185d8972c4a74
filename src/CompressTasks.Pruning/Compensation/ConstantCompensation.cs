using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pruning.Compensation;

/// <summary>
/// Folds what a removed channel contributed on average into its consumer's bias: the channel is replaced by a constant, and a
/// constant times the consumer's weights is a bias. Exact for a channel that is constant, except at padded borders.
/// </summary>
static class ConstantCompensation
{
    /// <param name="constants">Mean per index of the axis that consumers sum over, by the name of the value that they read.</param>
    /// <param name="refits">Layers that were fitted anew: their own biases are added instead.</param>
    /// <param name="result">The cut model.</param>
    /// <param name="copies">Its nodes by the original's.</param>
    /// <param name="names">Of its values.</param>
    public static void Apply(
        CouplingGraph graph,
        bool[] removed,
        IReadOnlyDictionary<string, float[]> constants,
        IReadOnlyDictionary<NodeProto, RefittedConsumer> refits,
        OnnxModel result,
        NodeCopies copies,
        FreshNames names)
    {
        var originals = graph.Model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var folding = new BiasFolding(result, names);
        foreach (var use in graph.WeightUses)
        {
            if (use.Node.Input[1] != use.Initializer || !originals.TryGetValue(use.Initializer, out var weight)) continue;
            var bias = refits.TryGetValue(use.Node, out var refit) ? refit.Bias
                : constants.TryGetValue(use.Node.Input[0], out var means) ? Contribution(graph, use, weight, means, removed) : null;
            if (bias is null) continue;
            var outputAxis = OutputAxis(use, weight);
            var living = graph.Axis(use.Initializer, outputAxis)?.Living(removed);
            folding.TryAdd(copies.Of(use.Node), living is null ? bias : [.. living.Select(index => bias[index])]);
        }
    }

    static int OutputAxis(WeightUse use, TensorProto weight) => use.Node.OpType switch
    {
        "Conv" => 0,
        "ConvTranspose" => 1,
        _ => weight.Dims.Count == 2 ? 1 - use.Axis : weight.Dims.Count - 1,
    };

    /// <summary>The bias that stands for the removed inputs; null where none is removed or the node takes no bias.</summary>
    static float[]? Contribution(CouplingGraph graph, WeightUse use, TensorProto weight, float[] means, bool[] removed)
    {
        if (!CanTakeBias(use, weight)) return null;
        var groups = use.Node.OpType == "Conv" ? (int)use.Node.Int("group", 1) : 1;
        var inputAxis = use.Node.OpType is "Conv" or "ConvTranspose" ? 1 : graph.Shapes.Of(use.Node.Input[0])!.Count - 1;
        if (use.Node.OpType == "Gemm" && use.Node.Int("transA", 0) == 1) inputAxis = 0;
        if (graph.Axis(use.Node.Input[0], inputAxis) is not { } inputs || inputs.Length != means.Length) return null;
        var lost = new float[means.Length];
        for (var index = 0; index < lost.Length; index++) lost[index] = inputs.Lives(index, removed) ? 0f : means[index];
        if (TensorPrimitives.SumOfSquares<float>(lost) == 0f) return null;
        return use.Node.OpType switch
        {
            "Conv" => Convolution(weight, lost, groups),
            "ConvTranspose" => Transposed(weight, lost, use.Node),
            _ => Matrix(weight, lost, use),
        };
    }

    static bool CanTakeBias(WeightUse use, TensorProto weight) => use.Node.OpType switch
    {
        "Conv" => true,
        "ConvTranspose" => use.Node.Int("group", 1) == 1,
        "Gemm" => use.Node.Float("beta", 1f) == 1f,
        "MatMul" => weight.Dims.Count == 2,
        _ => false,
    };

    static float[] Convolution(TensorProto weight, float[] lost, int groups)
    {
        var values = weight.AsFloats();
        int rows = (int)weight.Dims[0], columns = (int)weight.Dims[1], taps = values.Length / (rows * columns);
        var bias = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            var first = row / (rows / groups) * columns;
            for (var column = 0; column < columns; column++)
            {
                if (lost[first + column] == 0f) continue;
                bias[row] += lost[first + column] * TensorPrimitives.Sum(values.Slice(((row * columns) + column) * taps, taps));
            }
        }

        return bias;
    }

    /// <summary>An output pixel meets one kernel tap in (product of strides) of each input channel on average.</summary>
    static float[] Transposed(TensorProto weight, float[] lost, NodeProto node)
    {
        var values = weight.AsFloats();
        int rows = (int)weight.Dims[0], columns = (int)weight.Dims[1], taps = values.Length / (rows * columns);
        var stride = (node.Ints("strides") ?? []).Aggregate(1f, (product, step) => product * step);
        var bias = new float[columns];
        for (var row = 0; row < rows; row++)
        {
            if (lost[row] == 0f) continue;
            for (var column = 0; column < columns; column++)
            {
                bias[column] += lost[row] / stride * TensorPrimitives.Sum(values.Slice(((row * columns) + column) * taps, taps));
            }
        }

        return bias;
    }

    static float[] Matrix(TensorProto weight, float[] lost, WeightUse use)
    {
        var values = weight.AsFloats();
        int rows = (int)weight.Dims[0], columns = (int)weight.Dims[1];
        var scale = use.Node.OpType == "Gemm" ? use.Node.Float("alpha", 1f) : 1f;
        if (use.Axis == 1)
        {
            var dots = new float[rows];
            for (var row = 0; row < rows; row++) dots[row] = scale * TensorPrimitives.Dot<float>(lost, values.Slice(row * columns, columns));
            return dots;
        }

        var bias = new float[columns];
        for (var row = 0; row < rows; row++)
        {
            if (lost[row] != 0f) TensorPrimitives.MultiplyAdd(values.Slice(row * columns, columns), scale * lost[row], bias, bias);
        }

        return bias;
    }
}
