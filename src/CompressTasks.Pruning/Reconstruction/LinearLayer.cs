using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// A node that multiplies what it reads with a stored weight, seen as matrices: outputs = W x for each of <see cref="Groups"/> matrices W
/// [<see cref="Rows"/>, <see cref="Columns"/>]. Conv over any number of axes (a row is an output channel, the columns of one tap are its
/// input channels side by side), Gemm, and MatMul with a constant right side of any rank (a group for each of its matrices).
/// </summary>
public sealed class LinearLayer
{
    /// <summary>Patches of a convolution are copied in parts of at most so many numbers.</summary>
    const long LargestPart = 1 << 24;

    readonly long[] shape;

    LinearLayer(NodeProto node, long[] shape, long groups, long rows, long columns)
    {
        Node = node;
        this.shape = shape;
        (Groups, Rows, Columns) = (groups, rows, columns);
    }

    public NodeProto Node { get; }

    /// <summary>Name of the weight's initializer.</summary>
    public string Weight => Node.Input[1];

    /// <summary>Name of the value that is multiplied.</summary>
    public string Input => Node.Input[0];

    /// <summary>Name of the initializer that is added to each output once; null where there is none.</summary>
    public string? Bias => IsConvolution || (Node.OpType == "Gemm" && Node.Float("beta", 1) == 1) ? Node.InputOrNull(2) : null;

    public long Groups { get; }

    /// <summary>Outputs of one group.</summary>
    public long Rows { get; }

    /// <summary>Numbers that one output of a group is summed over.</summary>
    public long Columns { get; }

    /// <summary>Input channels of one group: columns are these, again for each tap.</summary>
    public long ChannelsPerGroup => IsConvolution ? shape[1] : Columns;

    /// <summary>The axis of the input that the channels lie along.</summary>
    public int ChannelAxis(int inputRank) => IsConvolution ? 1 : Node.OpType == "Gemm" && Node.Int("transA", 0) != 0 ? 0 : inputRank - 1;

    bool IsConvolution => Node.OpType == "Conv";

    /// <returns>Null where the node is not one of these, or the shape does not fit it.</returns>
    public static LinearLayer? From(NodeProto node, IReadOnlyList<long> weight)
    {
        long[] shape = [.. weight];
        if (node.Is("Conv") && shape.Length > 2)
        {
            var groups = node.Int("group", 1);
            return new LinearLayer(node, shape, groups, shape[0] / groups, Product(shape.AsSpan(1)));
        }

        if (node.Is("Gemm") && shape.Length == 2)
        {
            var transposed = node.Int("transB", 0) != 0;
            return new LinearLayer(node, shape, 1, transposed ? shape[0] : shape[1], transposed ? shape[1] : shape[0]);
        }

        if (!node.Is("MatMul") || shape.Length == 0) return null;
        return shape.Length == 1 ? new LinearLayer(node, shape, 1, 1, shape[0]) : new LinearLayer(node, shape, Product(shape.AsSpan(0, shape.Length - 2)), shape[^1], shape[^2]);
    }

    /// <summary>All layers of the module whose weight it trains, in the order in which they run. Weights that several nodes use occur as often.</summary>
    public static IReadOnlyList<LinearLayer> Of(GraphModule module) =>
    [
        .. from node in module.Model.Graph.Node
           where node.Input.Count > 1 && module.Weights.ContainsKey(node.Input[1])
           let layer = From(node, module.Weights[node.Input[1]].shape)
           where layer is not null
           select layer,
    ];

    /// <summary>True where both see a weight of this shape as the same matrices.</summary>
    public bool SeesAs(LinearLayer other) =>
        Node.OpType == other.Node.OpType && Groups == other.Groups && Rows == other.Rows && Columns == other.Columns
        && Node.Int("transB", 0) == other.Node.Int("transB", 0);

    /// <param name="weight">Any tensor in the weight's shape.</param>
    /// <returns>[groups, rows, columns], a copy or a view.</returns>
    public Tensor ToMatrices(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var matrices = IsConvolution ? weight.reshape(Groups, Rows, shape[1], -1).transpose(2, 3).reshape(Groups, Rows, Columns)
            : shape.Length == 1 ? weight.reshape(1, 1, Columns)
            : Node.OpType == "Gemm" && Node.Int("transB", 0) != 0 ? weight.unsqueeze(0)
            : weight.reshape(Groups, Columns, Rows).transpose(1, 2);
        return matrices.MoveToOuterDisposeScope();
    }

    /// <param name="matrices">[groups, rows, columns].</param>
    /// <returns>The same numbers in the weight's shape.</returns>
    public Tensor FromMatrices(Tensor matrices)
    {
        using var scope = NewDisposeScope();
        var weight = IsConvolution ? matrices.reshape(Groups, Rows, -1, shape[1]).transpose(2, 3)
            : shape.Length == 1 || (Node.OpType == "Gemm" && Node.Int("transB", 0) != 0) ? matrices
            : matrices.transpose(1, 2);
        return weight.reshape(shape).MoveToOuterDisposeScope();
    }

    /// <summary>What the matrices are multiplied with, in parts of bounded size.</summary>
    /// <param name="input">The value <see cref="Input"/> of one batch.</param>
    /// <returns>Tensors [groups, n, columns] in the caller's dispose scope.</returns>
    public IEnumerable<Tensor> Vectors(Tensor input)
    {
        if (!IsConvolution)
        {
            yield return Node.OpType == "Gemm" ? GemmVectors(input) : MatMulVectors(input);
            yield break;
        }

        var patches = Patches.Of(Node, input, shape.AsSpan(2));
        var step = Math.Max(1, LargestPart * patches.shape[0] / patches.numel());
        for (long start = 0; start < patches.shape[0]; start += step) yield return PatchVectors(patches, start, start + step);
    }

    /// <summary>[n, groups x channels, positions, taps] to [groups, n x positions, taps x channels].</summary>
    Tensor PatchVectors(Tensor patches, long start, long end)
    {
        using var scope = NewDisposeScope();
        var part = patches.slice(0, start, Math.Min(end, patches.shape[0]), 1);
        var positions = Product(part.shape.AsSpan(2, shape.Length - 2));
        return part.reshape(part.shape[0], Groups, shape[1], positions, -1).permute(1, 0, 3, 4, 2).reshape(Groups, -1, Columns).MoveToOuterDisposeScope();
    }

    Tensor GemmVectors(Tensor input)
    {
        using var scope = NewDisposeScope();
        var left = Node.Int("transA", 0) != 0 ? input.transpose(0, 1) : input;
        return (left * Node.Float("alpha", 1)).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Axes along which the right side has several matrices become groups; along all others the left side's rows are samples.</summary>
    Tensor MatMulVectors(Tensor input)
    {
        using var scope = NewDisposeScope();
        if (shape.Length < 3) return input.reshape(1, -1, Columns).MoveToOuterDisposeScope();
        var batch = Math.Max((int)input.dim(), shape.Length) - 2;
        var left = input.dim() == 1 ? input.unsqueeze(0) : input;
        while (left.dim() < batch + 2) left = left.unsqueeze(0);
        long[] right = [.. Enumerable.Repeat(1L, batch + 2 - shape.Length), .. shape[..^2]];
        var lengths = left.shape;
        for (var axis = 0; axis < batch; axis++)
        {
            if (right[axis] > 1) lengths[axis] = right[axis];
        }

        long[] order =
        [
            .. Enumerable.Range(0, batch).Where(axis => right[axis] > 1).Select(axis => (long)axis),
            .. Enumerable.Range(0, batch).Where(axis => right[axis] == 1).Select(axis => (long)axis),
            batch,
            batch + 1,
        ];
        return left.expand(lengths).permute(order).reshape(Groups, -1, Columns).MoveToOuterDisposeScope();
    }

    static long Product(ReadOnlySpan<long> lengths)
    {
        long product = 1;
        foreach (var length in lengths) product *= length;
        return product;
    }
}
