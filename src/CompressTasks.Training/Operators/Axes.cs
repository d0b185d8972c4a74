using CompressTasks.Onnx;

namespace CompressTasks.Training;

/// <summary>Axis numbers of the ONNX specification, where negative ones count from the end.</summary>
static class Axes
{
    /// <exception cref="ModelException">CMP0006 for an axis that the rank does not have.</exception>
    public static int Wrap(long axis, int rank)
    {
        var wrapped = axis < 0 ? axis + rank : axis;
        return wrapped >= 0 && wrapped < rank ? (int)wrapped : throw OperatorErrors.Mismatch($"there is no axis {axis} among {rank}");
    }

    public static long[] Wrap(long[] axes, int rank) => Array.ConvertAll(axes, axis => (long)Wrap(axis, rank));

    /// <summary>All axes from <paramref name="first"/> to the last.</summary>
    public static long[] From(int first, int rank) => Enumerable.Range(first, Math.Max(0, rank - first)).Select(axis => (long)axis).ToArray();

    public static long Product(IEnumerable<long> lengths) => lengths.Aggregate(1L, (product, length) => checked(product * length));
}
