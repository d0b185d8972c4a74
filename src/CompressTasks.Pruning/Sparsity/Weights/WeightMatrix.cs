using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>
/// A weight that is multiplied with, seen as a matrix: one row for each output, and along the row what is summed up for it, in the order
/// in which the multiplication sums. Of a convolution that is input channel by input channel, and within one its kernel.
/// </summary>
public sealed class WeightMatrix
{
    readonly long[] split, order, inverse, permuted;

    WeightMatrix(string name, long[] shape, long[] split, int[] order, int rowAxes, long kernelSize)
    {
        Name = name;
        Shape = shape;
        this.split = split;
        this.order = [.. order.Select(axis => (long)axis)];
        permuted = [.. order.Select(axis => split[axis])];
        inverse = new long[order.Length];
        for (var i = 0; i < order.Length; i++) inverse[order[i]] = i;
        Rows = Product(permuted.AsSpan(0, rowAxes));
        Columns = Product(permuted.AsSpan(rowAxes));
        KernelSize = kernelSize;
    }

    /// <summary>The initializer's name.</summary>
    public string Name { get; }

    /// <summary>The initializer's shape.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Outputs.</summary>
    public long Rows { get; }

    /// <summary>Products that are summed up for an output.</summary>
    public long Columns { get; }

    /// <summary>Neighbours in a row that belong to one kernel, between one input and one output channel; 1 for what is no convolution.</summary>
    public long KernelSize { get; }

    public long Elements => Rows * Columns;

    /// <summary>
    /// Every weight of a convolution, matrix product or recurrent cell, in the order in which they are read; a shared one as its first
    /// reader sees it. Biases, normalisations and embedding tables multiply nothing that could be saved, and are left alone.
    /// </summary>
    public static IReadOnlyList<WeightMatrix> Of(OnnxModel model)
    {
        var index = new GraphIndex(model.Graph);
        var weights = WeightRoles.Of(model.Graph).Weights;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<WeightMatrix>();
        foreach (var node in model.Graph.Node)
        {
            for (var input = 0; input < node.Input.Count; input++)
            {
                if (index.Initializer(node.Input[input]) is not { } tensor || !weights.Contains(tensor.Name) || seen.Contains(tensor.Name)) continue;
                if (!ElementTypes.IsFloatingPoint(tensor.ElementType()) || Seen(node, input, tensor) is not { } matrix) continue;
                seen.Add(tensor.Name);
                found.Add(matrix);
            }
        }

        return found;
    }

    /// <param name="weight">A tensor of the weight's shape.</param>
    /// <returns>[<see cref="Rows"/>, <see cref="Columns"/>], in C order.</returns>
    public Tensor ToMatrix(Tensor weight) => weight.reshape(split).permute(order).reshape(Rows, Columns);

    /// <summary>The inverse of <see cref="ToMatrix"/>.</summary>
    public Tensor FromMatrix(Tensor matrix) => matrix.reshape(permuted).permute(inverse).reshape([.. Shape]);

    static WeightMatrix? Seen(NodeProto node, int input, TensorProto tensor)
    {
        long[] shape = [.. tensor.Dims];
        if (shape.Length < 2) return null;
        return (node.OpType, input) switch
        {
            _ when node.Domain is not ("" or "ai.onnx") => null,
            ("Conv", 1) => new(tensor.Name, shape, [shape[0], Product(shape.AsSpan(1))], [0, 1], 1, Product(shape.AsSpan(2))),
            ("ConvTranspose", 1) => Transposed(tensor.Name, shape, node.Int("group", 1)),
            ("Gemm", 0) => Matrix(tensor.Name, shape, node.Int("transA", 0) != 0),
            ("Gemm", 1) => Matrix(tensor.Name, shape, node.Int("transB", 0) == 0),
            ("MatMul", 0) => Matrix(tensor.Name, shape, isTransposed: false),
            ("MatMul", 1) => Matrix(tensor.Name, shape, isTransposed: true),
            ("LSTM" or "GRU" or "RNN", 1 or 2) => Matrix(tensor.Name, shape, isTransposed: false),
            _ => null,
        };
    }

    /// <summary>Stored as [..., outputs, sums], or with these two axes the other way round.</summary>
    static WeightMatrix Matrix(string name, long[] shape, bool isTransposed)
    {
        long[] split = [Product(shape.AsSpan(0, shape.Length - 2)), shape[^2], shape[^1]];
        return new(name, shape, split, isTransposed ? [0, 2, 1] : [0, 1, 2], 2, 1);
    }

    /// <summary>[input channels, output channels of a group, kernel]: an output sums over the input channels of its group and the kernel.</summary>
    static WeightMatrix Transposed(string name, long[] shape, long groups)
    {
        var kernel = Product(shape.AsSpan(2));
        return new(name, shape, [groups, shape[0] / groups, shape[1], kernel], [0, 2, 1, 3], 2, kernel);
    }

    static long Product(ReadOnlySpan<long> lengths)
    {
        long product = 1;
        foreach (var length in lengths) product *= length;
        return product;
    }
}
