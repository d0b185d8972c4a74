using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Keeps chosen indices of one axis of a tensor, for any element type of whole bytes.</summary>
public static class TensorSlicing
{
    /// <summary>A copy of the tensor with only <paramref name="indices"/> of <paramref name="axis"/>, in the order given.</summary>
    /// <param name="tensor">Any tensor whose elements take whole bytes.</param>
    /// <param name="axis">0 to rank - 1.</param>
    /// <param name="indices">Each 0 to the axis's length - 1.</param>
    public static TensorProto Take(this TensorProto tensor, int axis, ReadOnlySpan<int> indices)
    {
        var type = tensor.ElementType();
        var bits = ElementTypes.Bits(type);
        if (bits < 8) throw new ModelException(ModelException.InvalidGraph, $"Tensor '{tensor.Name}' of {type} cannot be sliced.");
        long outer = 1, inner = bits / 8;
        for (var i = 0; i < axis; i++) outer *= tensor.Dims[i];
        for (var i = axis + 1; i < tensor.Dims.Count; i++) inner *= tensor.Dims[i];
        var length = tensor.Dims[axis];
        var source = tensor.Bytes().Span;
        var target = new byte[checked(outer * indices.Length * inner)];
        var block = checked((int)inner);
        var position = 0;
        for (long o = 0; o < outer; o++)
        {
            foreach (var index in indices)
            {
                source.Slice(checked((int)((o * length + index) * inner)), block).CopyTo(target.AsSpan(position));
                position += block;
            }
        }

        long[] dimensions = [.. tensor.Dims];
        dimensions[axis] = indices.Length;
        var result = TensorData.FromBytes(tensor.Name, type, dimensions, target);
        if (tensor.HasDocString) result.DocString = tensor.DocString;
        return result;
    }
}
