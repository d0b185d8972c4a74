using System.Runtime.InteropServices;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Sparse tensors of the specification: the values that are not zero, and where they are.</summary>
public static class SparseTensors
{
    /// <summary>The whole tensor, zeros included, under the name of the values.</summary>
    /// <exception cref="ModelException">CMP0003 for indices outside of the tensor, and for types of less than a byte.</exception>
    public static TensorProto ToDense(this SparseTensorProto sparse)
    {
        var values = sparse.Values;
        var width = ElementTypes.Bits(values.ElementType()) / 8;
        var shape = new TensorProto { DataType = values.DataType };
        shape.Dims.AddRange(sparse.Dims);
        if (width == 0 || sparse.Dims.Any(length => length < 0) || TensorCheck.ByteCount(shape) > Array.MaxLength) throw Broken(values.Name, "cannot be made dense");
        var count = shape.ElementCount();
        var target = new byte[count * width];
        var source = values.Bytes().Span;
        foreach (var (position, index) in Positions(sparse, count).Index()) source.Slice(position * width, width).CopyTo(target.AsSpan(checked((int)index) * width));
        return TensorData.FromBytes(values.Name, values.ElementType(), [.. sparse.Dims], target);
    }

    /// <summary>Indices are given flat, [values], or with one number for each axis, [values, rank].</summary>
    static long[] Positions(SparseTensorProto sparse, long count)
    {
        var stored = sparse.Values.ElementCount();
        if (stored == 0) return [];
        var indices = sparse.Indices?.ToLongs() ?? [];
        var rank = indices.Length / (int)Math.Max(1, stored);
        var isFlat = sparse.Indices?.Dims.Count != 2;
        if (indices.Length != stored * (isFlat ? 1 : sparse.Dims.Count)) throw Broken(sparse.Values.Name, "has not one index for each value");
        var result = new long[stored];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = isFlat ? indices[i] : MemoryMarshal.ToEnumerable<long>(indices.AsMemory(i * rank, rank)).Index()
                .Aggregate(0L, (sum, part) => (sum * sparse.Dims[part.Index]) + part.Item);
            if (result[i] < 0 || result[i] >= count) throw Broken(sparse.Values.Name, "has an index outside of its shape");
        }

        return result;
    }

    static ModelException Broken(string name, string what) => new(ModelException.InvalidGraph, $"The sparse tensor '{name}' {what}.");
}
