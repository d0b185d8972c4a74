using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// A data set in memory, in the type that it was stored in: bytes stay bytes, and become float32 batch by batch.
/// </summary>
sealed class TensorDataSet : DataSet
{
    readonly Tensor samples;
    readonly Tensor? labels;
    readonly Lazy<string> hash;

    /// <param name="source">File or files, for messages.</param>
    /// <param name="samples">[n, sample shape], any real type; owned from now on.</param>
    /// <param name="labels">Null, integers [n] or [n, 1], or floating point numbers [n, ...]; owned from now on.</param>
    /// <param name="hash">Computes <see cref="DataSet.ContentHash"/> when somebody asks for it; null: from the tensors.</param>
    /// <exception cref="TrainingException">
    /// CMP0402 when samples and labels do not go together; CMP0404 for labels that are neither classes nor targets.
    /// </exception>
    public TensorDataSet(string source, Tensor samples, Tensor? labels, Func<string>? hash = null)
    {
        Source = source;
        this.hash = new(hash ?? (() => TensorHash.Of(Source, this.samples, this.labels)));
        this.samples = (samples.dtype == ScalarType.Float64 ? samples.to(ScalarType.Float32) : samples).DetachFromDisposeScope();
        var shape = samples.shape;
        if (shape.Length < 1 || shape[0] is 0 or > int.MaxValue)
        {
            throw new TrainingException(
                TrainingException.DataFormat,
                $"The data set has the shape {Text(shape)}; its first axis has to count the samples.",
                source);
        }

        Count = (int)shape[0];
        SampleShape = shape[1..];
        StoresBytes = samples.dtype == ScalarType.Byte;
        if (labels is null) return;
        if (labels.dim() < 1 || labels.shape[0] != Count)
        {
            throw new TrainingException(
                TrainingException.DataFormat,
                $"There are {Count} samples but labels of shape {Text(labels.shape)}.",
                source,
                "Store one label per sample, in the same order.");
        }

        (Labels, this.labels) = Typed(labels);
        LabelShape = this.labels.shape[1..];
        if (Labels == LabelKind.Classes) ClassCount = CountClasses(this.labels);
    }

    public override string Source { get; }

    public override int Count { get; }

    public override long[] SampleShape { get; }

    public override bool StoresBytes { get; }

    public override LabelKind Labels { get; }

    public override long[] LabelShape { get; } = [];

    public override int? ClassCount { get; }

    public override string ContentHash => hash.Value;

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var index = tensor(indices.ToArray());
        // A copy even where the type already is float32: the batch is changed in place later.
        var inputs = samples.index_select(0, index).to(ScalarType.Float32);
        return new(inputs.MoveToOuterDisposeScope(), labels?.index_select(0, index).MoveToOuterDisposeScope());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            samples.Dispose();
            labels?.Dispose();
        }

        base.Dispose(disposing);
    }

    (LabelKind Kind, Tensor Labels) Typed(Tensor labels)
    {
        if (labels.is_floating_point()) return (LabelKind.Targets, labels.to(ScalarType.Float32).DetachFromDisposeScope());
        if (labels.numel() == Count) return (LabelKind.Classes, labels.to(ScalarType.Int64).reshape(Count).DetachFromDisposeScope());
        throw new TrainingException(
            TrainingException.Labels,
            $"Integer labels of shape {Text(labels.shape)} are neither class numbers (one per sample) nor targets (floating point).",
            Source,
            "Store one integer per sample, or floating point targets.");
    }

    int CountClasses(Tensor classes)
    {
        var lowest = classes.min().item<long>();
        var highest = classes.max().item<long>();
        if (lowest >= 0 && highest < int.MaxValue) return (int)highest + 1;
        throw new TrainingException(
            TrainingException.Labels,
            $"Label {(lowest < 0 ? lowest : highest)} is not a class number.",
            Source,
            "Number the classes from 0.");
    }
}
