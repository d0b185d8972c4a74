using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// A small integer or boolean tensor held in C#: shapes, axes, indices and what is computed from them. Such arithmetic is a few
/// numbers per node, and a device need not be asked for them.
/// </summary>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
/// <param name="Values">Elements in C order; booleans are 0 and 1.</param>
/// <param name="Type">The integer type that the values have as a torch tensor.</param>
sealed record IntegerTensor(long[] Shape, long[] Values, ScalarType Type = ScalarType.Int64)
{
    /// <summary>Integer tensors up to this many elements are kept in C#; larger ones are data, not arithmetic on shapes.</summary>
    public const int LargestKept = 1024;

    public static IntegerTensor Vector(params long[] values) => new([values.Length], values);

    public static IntegerTensor Scalar(long value) => new([], [value]);

    public int Rank => Shape.Length;

    public Tensor ToTensor(Device device) => tensor(Values, Shape, Type, device);

    public static IntegerTensor FromTensor(Tensor source)
    {
        if (source.numel() == 0) return new(source.shape, [], source.dtype);
        using var wide = source.detach().to(ScalarType.Int64, CPU).contiguous();
        return new(source.shape, wide.data<long>().ToArray(), source.dtype);
    }

    /// <summary>The entries <paramref name="indices"/> of one axis, negative ones counting from its end.</summary>
    public IntegerTensor Take(int axis, ReadOnlySpan<long> indices)
    {
        var (outer, length, inner) = Around(axis);
        var result = new long[outer * indices.Length * inner];
        var position = 0;
        for (var o = 0; o < outer; o++)
        {
            foreach (var index in indices)
            {
                var wrapped = index < 0 ? index + length : index;
                Values.AsSpan(checked((int)((o * length + wrapped) * inner)), inner).CopyTo(result.AsSpan(position));
                position += inner;
            }
        }

        long[] shape = [.. Shape];
        shape[axis] = indices.Length;
        return this with { Shape = shape, Values = result };
    }

    public static IntegerTensor Concatenate(IReadOnlyList<IntegerTensor> parts, int axis)
    {
        var (outer, _, inner) = parts[0].Around(axis);
        long[] shape = [.. parts[0].Shape];
        shape[axis] = parts.Sum(part => part.Shape[axis]);
        var result = new long[outer * shape[axis] * inner];
        var position = 0;
        for (var o = 0; o < outer; o++)
        {
            foreach (var part in parts)
            {
                var block = checked((int)part.Shape[axis] * inner);
                part.Values.AsSpan(o * block, block).CopyTo(result.AsSpan(position));
                position += block;
            }
        }

        return parts[0] with { Shape = shape, Values = result };
    }

    /// <summary>Combines two tensors element by element with ONNX (NumPy) broadcasting.</summary>
    public static IntegerTensor Combine(IntegerTensor left, IntegerTensor right, Func<long, long, long> combine, ScalarType? type = null)
    {
        var shape = Broadcasting.Shape(left.Shape, right.Shape);
        var (a, b) = (left.Expand(shape).Values, right.Expand(shape).Values);
        var result = new long[a.Length];
        for (var i = 0; i < result.Length; i++) result[i] = combine(a[i], b[i]);
        return new(shape, result, type ?? left.Type);
    }

    public IntegerTensor Select(Func<long, long> change, ScalarType? type = null) =>
        this with { Values = Array.ConvertAll(Values, value => change(value)), Type = type ?? Type };

    /// <summary>Repeats axes of length 1 until the tensor has <paramref name="shape"/>, which it must broadcast to.</summary>
    public IntegerTensor Expand(long[] shape)
    {
        if (Shape.AsSpan().SequenceEqual(shape)) return this;
        var result = this with { Shape = [.. Enumerable.Repeat(1L, shape.Length - Rank), .. Shape] };
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            if (result.Shape[axis] != shape[axis]) result = result.Take(axis, new long[shape[axis]]);
        }

        return result;
    }

    (int Outer, int Length, int Inner) Around(int axis)
    {
        long outer = 1, inner = 1;
        for (var i = 0; i < axis; i++) outer *= Shape[i];
        for (var i = axis + 1; i < Rank; i++) inner *= Shape[i];
        return checked(((int)outer, (int)Shape[axis], (int)inner));
    }
}
