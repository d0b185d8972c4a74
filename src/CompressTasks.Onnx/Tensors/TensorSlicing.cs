using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Keeps chosen indices of one axis of a tensor, for any element type but strings.</summary>
public static class TensorSlicing
{
    /// <summary>A copy of the tensor with only <paramref name="indices"/> of <paramref name="axis"/>, in the order given.</summary>
    /// <param name="tensor">Any tensor of numbers.</param>
    /// <param name="axis">0 to rank - 1.</param>
    /// <param name="indices">Each 0 to the axis's length - 1.</param>
    public static TensorProto Take(this TensorProto tensor, int axis, ReadOnlySpan<int> indices)
    {
        var type = tensor.ElementType();
        var bits = ElementTypes.Bits(type);
        if (bits == 0) throw new ModelException(ModelException.InvalidGraph, $"Tensor '{tensor.Name}' of {type} cannot be sliced.");
        var source = tensor.Bytes().Span;
        long[] dimensions = [.. tensor.Dims];
        var target = bits < 8
            ? PackedNibbles.Pack(Take(PackedNibbles.Unpack(source, tensor.ElementCount()), dimensions, 1, axis, indices))
            : Take(source, dimensions, bits / 8, axis, indices);
        dimensions[axis] = indices.Length;
        var result = TensorData.FromBytes(tensor.Name, type, dimensions, target);
        if (tensor.HasDocString) result.DocString = tensor.DocString;
        return result;
    }

    static byte[] Take(ReadOnlySpan<byte> source, long[] dimensions, int bytes, int axis, ReadOnlySpan<int> indices)
    {
        long outer = 1, inner = bytes;
        for (var i = 0; i < axis; i++) outer *= dimensions[i];
        for (var i = axis + 1; i < dimensions.Length; i++) inner *= dimensions[i];
        var length = dimensions[axis];
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

        return target;
    }
}
