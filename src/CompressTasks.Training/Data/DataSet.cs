using System.Globalization;

namespace CompressTasks.Training;

/// <summary>
/// Samples that can be read by index, in any order, as often as wanted. Views made from a data set (subsets, other shapes)
/// share its memory and do not own it: dispose the data set that was opened, after its views.
/// </summary>
public abstract class DataSet : IDisposable
{
    /// <summary>The file or files that the samples come from, for messages and reports.</summary>
    public abstract string Source { get; }

    public abstract int Count { get; }

    /// <summary>Lengths of a sample's axes, without the batch axis.</summary>
    public abstract long[] SampleShape { get; }

    /// <summary>True where samples are stored as unsigned bytes, as images are.</summary>
    public abstract bool StoresBytes { get; }

    public abstract LabelKind Labels { get; }

    /// <summary>Lengths of a target's axes; empty for class numbers and single targets.</summary>
    public abstract long[] LabelShape { get; }

    /// <summary>Highest class number plus one, for class labels.</summary>
    public abstract int? ClassCount { get; }

    /// <summary>SHA-256, in lower-case hexadecimal, of all that decides what <see cref="Read"/> returns.</summary>
    public abstract string ContentHash { get; }

    public bool HasLabels => Labels != LabelKind.None;

    /// <summary>Reads the samples with these indices, in this order; an index may occur more than once.</summary>
    public abstract Batch Read(ReadOnlySpan<int> indices);

    /// <summary>The samples with these indices as a data set of their own.</summary>
    public DataSet Subset(int[] indices) => new SubsetDataSet(this, indices);

    /// <summary>Two disjoint parts, drawn by <paramref name="seed"/>, the first with this fraction (0 to 1) of the samples.</summary>
    public (DataSet First, DataSet Second) Split(double fraction, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        var order = SeededRandom.Permutation(Count, seed, stream: -1);
        var cut = (int)Math.Round(fraction * Count);
        return (Subset(order[..cut]), Subset(order[cut..]));
    }

    /// <summary>The same samples in the shape that a model's input wants (see <see cref="SampleLayout"/> for what is tried).</summary>
    /// <param name="inputShape">The input's shape with its batch axis; zero or negative lengths are free.</param>
    /// <returns>This data set where the shapes agree, else a view of it; read batches from what is returned.</returns>
    /// <exception cref="TrainingException">CMP0403 when the samples do not fit.</exception>
    public DataSet EnsureFits(long[] inputShape)
    {
        var layout = SampleLayout.Find(SampleShape, inputShape.AsSpan(1)) ?? throw new TrainingException(
            TrainingException.DataShape,
            $"Samples of shape {Text(SampleShape)} do not fit the model's input {Text(inputShape)}.",
            Source,
            "Store the samples in the shape of the model's input without its first (batch) axis.");
        return layout.ChangesNothing ? this : new ReshapedDataSet(this, layout);
    }

    /// <summary>Checks that the labels can be compared with a model's <paramref name="outputs"/> numbers per sample.</summary>
    /// <exception cref="TrainingException">CMP0404 when labels are missing or outside the model's classes.</exception>
    public void EnsureLabels(long outputs)
    {
        if (!HasLabels)
        {
            throw new TrainingException(
                TrainingException.Labels,
                "The data set has no labels, and they are needed here.",
                Source,
                "Give the labels (array y, or the labels file), or distill from a teacher, which needs none.");
        }

        if (Labels == LabelKind.Classes && ClassCount > outputs)
        {
            throw new TrainingException(
                TrainingException.Labels,
                $"The highest label is {ClassCount - 1}, but the model has {outputs} outputs (classes 0 to {outputs - 1}).",
                Source,
                "Number the classes from 0 in the order of the model's outputs.");
        }

        if (Labels == LabelKind.Targets && LabelShape.Aggregate(1L, (product, length) => product * length) != outputs)
        {
            throw new TrainingException(
                TrainingException.Labels,
                $"Targets of shape {Text(LabelShape)} cannot be compared with the model's {outputs} outputs per sample.",
                Source,
                "Store one target for each output of the model.");
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    internal static string Text(IEnumerable<long> shape) =>
        "[" + string.Join(", ", shape.Select(length => length > 0 ? length.ToString(CultureInfo.InvariantCulture) : "?")) + "]";
}
