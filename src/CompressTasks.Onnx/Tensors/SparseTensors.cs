using CompressTasks.Onnx.Schema;
using Google.Protobuf.Collections;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>Sparse tensors of the specification: the values that are not zero, and where they are.</summary>
public static class SparseTensors
{
    /// <summary>The whole tensor, zeros included, under the name of the values.</summary>
    /// <param name="file">The model's file, for errors.</param>
    /// <exception cref="ModelException">CMP0003 for shapes that cannot be, indices that do not fit the values or the shape, and types of less than a byte.</exception>
    public static TensorProto ToDense(this SparseTensorProto sparse, string? file = null)
    {
        var (values, indices) = (sparse.Values, sparse.Indices);
        var dense = new TensorProto { Name = values?.Name ?? "", DataType = values?.DataType ?? 0 };
        dense.Dims.AddRange(sparse.Dims);
        if (values is null || sparse.Dims.Any(length => length < 0) || TensorCheck.ByteCount(dense) > Array.MaxLength) throw Broken(dense.Name, "has no values or no possible shape", file);
        var count = values.ElementCount();
        var width = ElementTypes.Bits(values.ElementType()) / 8;
        if (width == 0) throw Broken(dense.Name, $"is sparse and of the element type {values.ElementType()}", file);
        var raw = new byte[dense.ElementCount() * width];
        if (count > 0)
        {
            var positions = Positions(indices, sparse.Dims, count) ?? throw Broken(dense.Name, "is sparse and its indices do not fit its values", file);
            var source = values.Bytes().Span;
            for (var i = 0; i < positions.Length; i++)
            {
                if (positions[i] < 0 || positions[i] >= raw.Length / width) throw Broken(dense.Name, "is sparse and has an index outside of its shape", file);
                source.Slice(i * width, width).CopyTo(raw.AsSpan((int)positions[i] * width));
            }
        }

        dense.SetBytes(raw);
        return dense;
    }

    /// <returns>Positions in C order from linear indices [n], or from indices by axis [n, rank]; null for any other form.</returns>
    static long[]? Positions(TensorProto? indices, RepeatedField<long> shape, long count)
    {
        if (indices is null || indices.ElementType() != DataType.Int64) return null;
        var stored = indices.ToLongs();
        if (indices.Dims is [var length] && length == count) return stored;
        if (indices.Dims is not [var rows, var rank] || rows != count || rank != shape.Count) return null;
        var positions = new long[count];
        for (var i = 0; i < positions.Length; i++)
        {
            for (var axis = 0; axis < shape.Count; axis++)
            {
                var index = stored[(i * shape.Count) + axis];
                if (index < 0 || index >= shape[axis]) return null;
                positions[i] = (positions[i] * shape[axis]) + index;
            }
        }

        return positions;
    }

    internal static ModelException Broken(string name, string what, string? file) =>
        new(ModelException.InvalidGraph, $"Tensor '{name}' {what}.", file, "The file is damaged; export the model again.");
}
