using System.Globalization;
using static TorchSharp.torch;

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

    /// <summary>Lengths of a label's axes: of a target, of a row of 0 and 1, of a mask; empty for class numbers and single targets.</summary>
    public abstract long[] LabelShape { get; }

    /// <summary>Highest class number plus one, for classes per sample or pixel; the number of labels for rows of 0 and 1.</summary>
    public abstract int? ClassCount { get; }

    /// <summary>Names of the classes by their numbers; null where the data has none.</summary>
    public virtual IReadOnlyList<string>? ClassNames => null;

    /// <summary>SHA-256, in lower-case hexadecimal, of all that decides what <see cref="Read"/> returns.</summary>
    public abstract string ContentHash { get; }

    public bool HasLabels => Labels != LabelKind.None;

    /// <summary>Batches that are worth reading ahead on other threads; 0 where reading costs next to nothing.</summary>
    internal virtual int ReadersAhead => 0;

    /// <summary>What black and white have become in the samples that are read.</summary>
    internal virtual PixelRange PixelRange => PixelRange.Stored(StoresBytes);

    /// <summary>Reads the samples with these indices, in this order; an index may occur more than once. Safe to call from several threads.</summary>
    public abstract Batch Read(ReadOnlySpan<int> indices);

    /// <summary>The labels alone, as <see cref="Read"/> gives them; null where there are none. The caller owns them.</summary>
    internal virtual Tensor? ReadLabels(ReadOnlySpan<int> indices)
    {
        var (samples, labels) = Read(indices);
        samples.Dispose();
        return labels;
    }

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
    /// <param name="outputs"><see cref="long.MaxValue"/> where it cannot be told before the model runs.</param>
    /// <exception cref="TrainingException">CMP0404 when labels are missing or do not fit the outputs.</exception>
    public void EnsureLabels(long outputs)
    {
        if (!HasLabels)
        {
            throw new TrainingException(
                TrainingException.Labels,
                $"The data set '{Source}' has no labels, and they are needed here.",
                Source,
                "Give the labels (array y, or the labels file), or distill from a teacher, which needs none. Validation always needs them: leave that data out where there are none.");
        }

        if (outputs == long.MaxValue) return;
        var pixels = LabelShape.Aggregate(1L, (product, length) => product * length);
        switch (Labels)
        {
            case LabelKind.Classes when ClassCount > outputs:
                throw DoNotFit($"The highest label is {ClassCount - 1}, but the model has {outputs} outputs (classes 0 to {outputs - 1}).", "Number the classes from 0 in the order of the model's outputs.");
            case LabelKind.Targets when pixels != outputs:
                throw DoNotFit($"Targets of shape {Text(LabelShape)} cannot be compared with the model's {outputs} outputs per sample.", "Store one target for each output of the model.");
            case LabelKind.MultiLabel when pixels != outputs:
                throw DoNotFit($"Rows of {pixels} labels cannot be compared with the model's {outputs} outputs per sample.", "Store a 0 or 1 for each output of the model.");
            case LabelKind.PixelClasses when outputs % pixels != 0:
                throw DoNotFit($"Masks of shape {Text(LabelShape)} cannot be compared with the model's {outputs} outputs per sample.", "Use a model whose output is [batch, classes, height, width], of the masks' size.");
            // One output tells two classes apart.
            case LabelKind.PixelClasses when ClassCount > Math.Max(2, outputs / pixels):
                throw DoNotFit($"The highest class of a pixel is {ClassCount - 1}, but the model has {outputs / pixels} outputs per pixel.", "Number the classes from 0 in the order of the model's outputs.");
        }

        TrainingException DoNotFit(string message, string hint) => new(TrainingException.Labels, message, Source, hint);
    }

    /// <summary>Checks that two data sets mean the same by their class numbers.</summary>
    /// <exception cref="TrainingException">CMP0404 where both name their classes and the names differ.</exception>
    public void EnsureSameClasses(DataSet? other)
    {
        if (ClassNames is not { } names || other?.ClassNames is not { } others || names.SequenceEqual(others)) return;
        throw new TrainingException(
            TrainingException.Labels,
            $"'{other.Source}' has the classes {string.Join(", ", others.Take(10))} and '{Source}' has {string.Join(", ", names.Take(10))}: the numbers would not mean the same.",
            other.Source,
            "Give both the same classes in the same order, as in ?classes=cat,dog.");
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
