namespace CompressTasks.Training;

/// <summary>
/// Samples from code of your own. Derive a public class from this one, with a public constructor that takes nothing or one string, and name
/// it as <c>mine.dll?type=Namespace.Class&amp;arg=text</c>. The assembly is loaded with the dependencies that lie beside it, in a context of its own.
/// Calls come one at a time, though not always on the same thread.
/// </summary>
public abstract class SampleSource : IDisposable
{
    public abstract int Count { get; }

    /// <summary>Lengths of a sample's axes, without the batch axis; the same for all samples.</summary>
    public abstract IReadOnlyList<int> SampleShape { get; }

    public virtual LabelKind Labels => LabelKind.None;

    /// <summary>Lengths of a label's axes: of targets or of a mask, the number of labels for rows of 0 and 1; empty for one number.</summary>
    public virtual IReadOnlyList<int> LabelShape => [];

    /// <summary>How many classes there are; needed for classes per sample or pixel.</summary>
    public virtual int? ClassCount => ClassNames?.Count;

    /// <summary>Names of the classes by their numbers, or null.</summary>
    public virtual IReadOnlyList<string>? ClassNames => null;

    /// <summary>Files whose content decides what is read: when one changes, earlier results are not used again.</summary>
    public virtual IEnumerable<string> Files => [];

    /// <summary>Fills in one sample; the same each time that it is asked for.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="sample">Its numbers, row by row, all 0 before.</param>
    /// <param name="label">Its class number, its targets, its row of 0 and 1 or the classes of its pixels; empty without labels.</param>
    public abstract void Read(int index, Span<float> sample, Span<float> label);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
