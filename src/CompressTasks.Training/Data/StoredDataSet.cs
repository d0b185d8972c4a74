using TorchSharp;

namespace CompressTasks.Training;

/// <summary>
/// Samples and labels as they are stored: in memory in their own type, so that bytes stay bytes until they are read, or in their files.
/// </summary>
sealed class StoredDataSet : DataSet
{
    readonly Rows samples;
    readonly SampleLabels? labels;
    readonly Lazy<string> hash;

    /// <param name="source">File or files, for messages.</param>
    /// <param name="samples">Any real type; owned from now on.</param>
    /// <param name="labels">Owned from now on, or null.</param>
    /// <param name="hash">Computes <see cref="DataSet.ContentHash"/> when somebody asks for it.</param>
    public StoredDataSet(string source, Rows samples, SampleLabels? labels, Func<string> hash)
    {
        Source = source;
        this.samples = samples;
        this.labels = labels;
        this.hash = new(hash);
    }

    public override string Source { get; }

    public override int Count => samples.Count;

    public override long[] SampleShape => samples.RowShape;

    public override bool StoresBytes => samples.StoresBytes;

    public override LabelKind Labels => labels?.Kind ?? LabelKind.None;

    public override long[] LabelShape => labels?.Shape ?? [];

    public override int? ClassCount => ClassNames?.Count ?? labels?.ClassCount;

    public override IReadOnlyList<string>? ClassNames => Names;

    /// <summary>Names of the classes by their numbers, where the data has them.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    public override string ContentHash => hash.Value;

    internal override int ReadersAhead => Math.Max(samples.ReadersAhead, labels?.ReadersAhead ?? 0);

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        using var noGradient = torch.no_grad();
        using var read = samples.Read(indices);
        // A new tensor, or the one that was read for this batch alone: it is changed in place later.
        return new(read.to(torch.ScalarType.Float32), labels?.Read(indices));
    }

    internal override torch.Tensor? ReadLabels(ReadOnlySpan<int> indices) => labels?.Read(indices);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            samples.Dispose();
            labels?.Dispose();
        }

        base.Dispose(disposing);
    }
}
