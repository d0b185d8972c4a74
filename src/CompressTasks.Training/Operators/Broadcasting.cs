using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>Multidirectional broadcasting of the ONNX specification on plain shapes.</summary>
static class Broadcasting
{
    /// <exception cref="ModelException">CMP0006 when two lengths differ and neither is 1.</exception>
    public static long[] Shape(ReadOnlySpan<long> left, ReadOnlySpan<long> right)
    {
        var result = new long[Math.Max(left.Length, right.Length)];
        for (var i = 1; i <= result.Length; i++)
        {
            var a = i <= left.Length ? left[^i] : 1;
            var b = i <= right.Length ? right[^i] : 1;
            if (a != b && a != 1 && b != 1)
            {
                throw OperatorErrors.Mismatch($"{Text(left)} and {Text(right)} do not broadcast");
            }

            result[^i] = a == 1 ? b : a;
        }

        return result;
    }

    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(",", shape.ToArray())}]";
}
