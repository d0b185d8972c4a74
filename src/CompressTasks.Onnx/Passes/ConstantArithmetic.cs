using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Float32 arithmetic between constant tensors: operations that IEEE 754 rounds correctly, so every runtime gets the same bits.
/// </summary>
static class ConstantArithmetic
{
    public static TensorProto? Unary(string name, TensorProto source)
    {
        if (source.ElementType() != DataType.Float) return null;
        Func<float, float> apply = name switch
        {
            "Sqrt" => MathF.Sqrt,
            "Neg" => value => -value,
            _ => value => 1 / value,
        };
        return TensorData.FromFloats("", [.. source.Dims], Array.ConvertAll(source.ToFloats(), value => apply(value)));
    }

    public static TensorProto? Binary(string name, TensorProto left, TensorProto right, long[] dimensions)
    {
        if (left.ElementType() != DataType.Float || right.ElementType() != DataType.Float) return null;
        Func<float, float, float> apply = name switch
        {
            "Add" => (a, b) => a + b,
            "Sub" => (a, b) => a - b,
            "Mul" => (a, b) => a * b,
            _ => (a, b) => a / b,
        };
        var (first, second) = (left.ToFloats(), right.ToFloats());
        var (firstAt, secondAt) = (Offsets(left, dimensions), Offsets(right, dimensions));
        var result = new float[firstAt.Length];
        for (var i = 0; i < result.Length; i++) result[i] = apply(first[firstAt[i]], second[secondAt[i]]);
        return TensorData.FromFloats("", dimensions, result);
    }

    /// <summary>For every element of the broadcast shape the element of the tensor that goes there.</summary>
    static int[] Offsets(TensorProto tensor, long[] dimensions)
    {
        var offsets = new int[dimensions.Aggregate(1L, (product, length) => product * length)];
        var rank = tensor.Dims.Count;
        long repeat = 1, step = 1;
        for (var i = 1; i <= dimensions.Length; i++)
        {
            var length = dimensions[^i];
            var stride = i <= rank && tensor.Dims[rank - i] != 1 ? step : 0;
            if (stride != 0)
            {
                for (var at = 0; at < offsets.Length; at++) offsets[at] += (int)(at / repeat % length * stride);
            }

            if (i <= rank) step *= tensor.Dims[rank - i];
            repeat *= length;
        }

        return offsets;
    }
}
