using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Compensation;

/// <summary>
/// Adds a vector to a node's output without a new parameter: into its bias, into the running mean of the batch normalisation behind
/// it (with the opposite sign), or into the constant that is added behind it. Where there is none of these, nothing is done.
/// </summary>
sealed class BiasFolding(OnnxModel model, FreshNames names)
{
    readonly Dictionary<string, TensorProto> initializers = model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    readonly GraphIndex index = new(model.Graph);

    /// <param name="node">Conv, ConvTranspose, Gemm or MatMul.</param>
    /// <param name="vector">One number per output channel; overwritten.</param>
    /// <returns>False where nothing takes the vector.</returns>
    public bool TryAdd(NodeProto node, float[] vector)
    {
        if (Place(node, vector.Length) is not var (taker, operand)) return false;
        if (taker.Is("BatchNormalization")) TensorPrimitives.Negate(vector, vector);
        AddTo(taker, operand, node.Output[0], vector);
        return true;
    }

    /// <summary>True where a vector of so many numbers can be added.</summary>
    public bool Takes(NodeProto node, long length) => Place(node, length) is not null;

    (NodeProto Taker, int Operand)? Place(NodeProto node, long length)
    {
        (NodeProto, int)? IfFits(NodeProto taker, int operand) => Fits(taker.Input[operand], length) ? (taker, operand) : null;
        if (node.OpType != "MatMul" && node.InputOrNull(2) is not null) return IfFits(node, 2);
        if (index.Outputs.Contains(node.Output[0]) || index.Consumers(node.Output[0]) is not [var reader]) return null;
        if (reader.Is("BatchNormalization")) return IfFits(reader, 3);
        return reader.Is("Add") ? IfFits(reader, reader.Input[0] == node.Output[0] ? 1 : 0) : null;
    }

    /// <summary>An operand that another node computes, or that is broadcast over the channels, cannot take one number for each.</summary>
    bool Fits(string operand, long length) =>
        initializers.TryGetValue(operand, out var tensor) && tensor.ElementCount() == length && tensor.Dims[^1] == length;

    /// <summary>Replaces a constant operand, which other nodes may share, by a copy of the node's own.</summary>
    void AddTo(NodeProto taker, int operand, string output, float[] vector)
    {
        var tensor = initializers[taker.Input[operand]];
        var sum = tensor.ToFloats();
        TensorPrimitives.Add<float>(sum, vector, sum);
        var copy = tensor.Clone();
        copy.Name = names.Next($"{output}/{operand}/compensated");
        copy.SetFloats(sum);
        model.Graph.Initializer.Add(copy);
        initializers[copy.Name] = copy;
        taker.Input[operand] = copy.Name;
    }
}
