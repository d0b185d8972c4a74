namespace CompressTasks.Training;

/// <summary>Which samples each step takes.</summary>
static class BatchPlan
{
    /// <summary>The fewest steps that need no batch above <paramref name="batchSize"/>.</summary>
    public static int Steps(int count, long batchSize) => (int)(((long)count + batchSize - 1) / batchSize);

    /// <summary>The part of <paramref name="order"/> that belongs to this step: the steps' lengths differ by one at most.</summary>
    public static int[] Slice(int[] order, int step, int steps) =>
        order[(int)((long)step * order.Length / steps)..(int)(((long)step + 1) * order.Length / steps)];

    /// <summary>How many samples <see cref="Slice"/> gives a step.</summary>
    public static int Length(int count, int step, int steps) => (int)((((long)step + 1) * count / steps) - ((long)step * count / steps));

    /// <summary>The samples cut into as few parts as need no more than <paramref name="batchSize"/> each, of equal length to one sample.</summary>
    public static IEnumerable<int[]> Parts(int[] samples, int batchSize)
    {
        var parts = Steps(samples.Length, batchSize);
        return Enumerable.Range(0, parts).Select(part => Slice(samples, part, parts));
    }

    /// <summary>All samples once, as they are stored.</summary>
    public static IEnumerable<int[]> InOrder(int count, int batchSize)
    {
        for (var start = 0; start < count; start += batchSize)
        {
            var indices = new int[Math.Min(batchSize, count - start)];
            for (var i = 0; i < indices.Length; i++) indices[i] = start + i;
            yield return indices;
        }
    }
}
