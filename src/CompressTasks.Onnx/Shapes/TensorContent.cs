using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>The elements, as far as known, of a small tensor in C order; what shape arithmetic is made of.</summary>
sealed record TensorContent(long[] Shape, ScalarValue[] Elements)
{
    /// <summary>Tensors with more elements are weights or tables, not shape arithmetic.</summary>
    public const int MostElements = 4096;

    public static TensorContent Scalar(ScalarValue value) => new([], [value]);

    public static TensorContent Vector(IEnumerable<ScalarValue> values)
    {
        ScalarValue[] elements = [.. values];
        return new([elements.Length], elements);
    }

    public static TensorContent? From(TensorProto tensor)
    {
        var type = tensor.ElementType();
        var isInteger = ElementTypes.IsInteger(type);
        if ((!isInteger && type is not (DataType.Float or DataType.Double)) || tensor.ElementCount() > MostElements) return null;
        long[] shape = [.. tensor.Dims];
        if (isInteger) return new(shape, Array.ConvertAll(tensor.ToLongs(), value => ScalarValue.Of(Dimension.Known(value))));
        return type == DataType.Float
            ? new(shape, Array.ConvertAll(tensor.ToFloats(), value => ScalarValue.OfNumber(value)))
            : new(
                shape,
                Array.ConvertAll(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(tensor.Bytes().Span).ToArray(), ScalarValue.OfNumber));
    }

    /// <summary>All elements as integers, or null where one is unknown, symbolic or no integer.</summary>
    public long[]? Integers()
    {
        var result = new long[Elements.Length];
        for (var i = 0; i < result.Length; i++)
        {
            if (Elements[i].Integer is not { IsKnown: true } value) return null;
            result[i] = value.Value;
        }

        return result;
    }
}
