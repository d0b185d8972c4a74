namespace CompressTasks.Training;

/// <summary>Axis numbers of the ONNX specification, where negative ones count from the end.</summary>
static class Axes
{
    public static int Wrap(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    public static long[] Wrap(long[] axes, int rank) => Array.ConvertAll(axes, axis => axis < 0 ? axis + rank : axis);

    /// <summary>All axes from <paramref name="first"/> to the last.</summary>
    public static long[] From(int first, int rank) => Enumerable.Range(first, Math.Max(0, rank - first)).Select(axis => (long)axis).ToArray();

    public static long Product(IEnumerable<long> lengths) => lengths.Aggregate(1L, (product, length) => checked(product * length));
}
