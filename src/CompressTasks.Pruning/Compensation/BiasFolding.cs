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
        if (node.OpType != "MatMul" && node.InputOrNull(2) is not null) return TryAddTo(node, 2, vector);
        if (index.Outputs.Contains(node.Output[0]) || index.Consumers(node.Output[0]) is not [var reader]) return false;
        if (reader.Is("BatchNormalization"))
        {
            TensorPrimitives.Negate(vector, vector);
            return TryAddTo(reader, 3, vector);
        }

        return reader.Is("Add") && TryAddTo(reader, reader.Input[0] == node.Output[0] ? 1 : 0, vector);
    }

    /// <summary>Replaces a constant operand, which other nodes may share, by a copy of the node's own.</summary>
    bool TryAddTo(NodeProto node, int operand, float[] vector)
    {
        // An operand that another node computes, or that is broadcast over the channels, cannot take one number for each.
        if (!initializers.TryGetValue(node.Input[operand], out var tensor)
            || tensor.ElementCount() != vector.Length
            || tensor.Dims[^1] != vector.Length)
        {
            return false;
        }

        var sum = tensor.ToFloats();
        TensorPrimitives.Add<float>(sum, vector, sum);
        var copy = tensor.Clone();
        copy.Name = names.Next($"{node.Output[0]}/{operand}/compensated");
        copy.SetFloats(sum);
        model.Graph.Initializer.Add(copy);
        initializers[copy.Name] = copy;
        node.Input[operand] = copy.Name;
        return true;
    }
}
