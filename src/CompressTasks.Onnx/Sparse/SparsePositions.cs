namespace CompressTasks.Onnx;

/// <summary>Where the elements of a tensor that are not 0 lie, in C order.</summary>
static class SparsePositions
{
    public static int[] Of(ReadOnlySpan<float> values)
    {
        var positions = new int[values.Length - Zeros(values)];
        for (int i = 0, next = 0; i < values.Length; i++)
        {
            if (values[i] != 0) positions[next++] = i;
        }

        return positions;
    }

    /// <summary>Elements that are 0, a negative one too.</summary>
    public static int Zeros(ReadOnlySpan<float> values)
    {
        var zeros = 0;
        foreach (var value in values) zeros += value == 0 ? 1 : 0;
        return zeros;
    }

    /// <summary>
    /// Positions between which no step is larger than <paramref name="largestStep"/>: where one is, elements that are 0 are listed on the way.
    /// </summary>
    public static List<int> WithFillers(int[] positions, int largestStep)
    {
        var result = new List<int>(positions.Length);
        var last = 0;
        foreach (var position in positions)
        {
            while (position - last > largestStep) result.Add(last += largestStep);
            result.Add(last = position);
        }

        return result;
    }
}
