using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>A user's <see cref="SampleSource"/> as a data set. What it says of itself is checked once, what it reads each time.</summary>
sealed class SampleSourceDataSet : DataSet
{
    readonly SampleSource source;
    readonly Lock reading = new();
    readonly Lazy<string> hash;
    readonly int sampleLength, labelLength;

    SampleSourceDataSet(string path, SampleSource source, DataQuery query)
    {
        this.source = source;
        Source = path;
        (Count, Labels, ClassNames) = (source.Count, source.Labels, source.ClassNames);
        SampleShape = [.. source.SampleShape.Select(length => (long)length)];
        LabelShape = Labels is LabelKind.None or LabelKind.Classes ? [] : [.. source.LabelShape.Select(length => (long)length)];
        ClassCount = Labels == LabelKind.MultiLabel && LabelShape is [var labels] ? (int)labels : source.ClassCount;
        Require(Count > 0, "Count above 0");
        Require(SampleShape.Concat(LabelShape).All(length => length > 0), "lengths above 0 in SampleShape and LabelShape");
        Require(Labels is not (LabelKind.Classes or LabelKind.PixelClasses) || ClassCount > 0, "a ClassCount for classes");
        Require(Labels != LabelKind.PixelClasses || LabelShape.Length == 2, "LabelShape of [height, width] for classes per pixel");
        Require(Labels != LabelKind.MultiLabel || LabelShape.Length == 1, "LabelShape of one length for rows of 0 and 1");
        sampleLength = Length(SampleShape);
        labelLength = Labels == LabelKind.None ? 0 : Length(LabelShape);
        hash = new(() => DataFile.Hash([path, .. source.Files], "source" + query.Reading("type", "arg")));

        void Require(bool holds, string what)
        {
            if (!holds) throw SampleSourceAssembly.Unusable(path, $"has a class '{source.GetType().FullName}' without {what}");
        }

        int Length(long[] shape)
        {
            var product = shape.Aggregate((Int128)1, (length, axis) => length > int.MaxValue ? length : length * axis);
            Require(product <= int.MaxValue, "a SampleShape and LabelShape of fewer than 2,147,483,648 numbers");
            return (int)product;
        }
    }

    public override string Source { get; }

    public override int Count { get; }

    public override long[] SampleShape { get; }

    public override bool StoresBytes => false;

    public override LabelKind Labels { get; }

    public override long[] LabelShape { get; }

    public override int? ClassCount { get; }

    public override IReadOnlyList<string>? ClassNames { get; }

    public override string ContentHash => hash.Value;

    internal override int ReadersAhead => 1;

    /// <exception cref="TrainingException">CMP0401, CMP0405.</exception>
    public static SampleSourceDataSet Open(string path, DataQuery query)
    {
        var type = query.Text("type") ?? throw DataArgument.Malformed(query.Argument, "names an assembly and no class in it (type=Namespace.Class)");
        var source = SampleSourceAssembly.Create(path, type, query.Text("arg"));
        try
        {
            return Guarded(path, () => new SampleSourceDataSet(path, source, query));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var samples = zeros([indices.Length, sampleLength]);
        var labels = zeros([indices.Length, labelLength]);
        for (var i = 0; i < indices.Length; i++)
        {
            using var row = samples.select(0, i);
            using var label = labels.select(0, i);
            Fill(indices[i], row, label);
        }

        var inputs = samples.reshape([indices.Length, .. SampleShape]).MoveToOuterDisposeScope();
        return new(inputs, Labels == LabelKind.None ? null : Typed(labels.reshape([indices.Length, .. LabelShape])).MoveToOuterDisposeScope());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }

    void Fill(int index, Tensor sample, Tensor label)
    {
        lock (reading)
        {
            Guarded(Source, () =>
            {
                source.Read(index, MemoryMarshal.Cast<byte, float>(sample.bytes), labelLength == 0 ? [] : MemoryMarshal.Cast<byte, float>(label.bytes));
                return true;
            });
        }
    }

    Tensor Typed(Tensor labels)
    {
        if (Labels == LabelKind.Targets) return labels;
        var isValid = Labels == LabelKind.MultiLabel
            ? labels.eq(0).logical_or(labels.eq(1))
            : labels.ge(0).logical_and(labels.lt(ClassCount!.Value)).logical_and(labels.eq(labels.round()));
        if (isValid.all().item<bool>()) return Labels == LabelKind.MultiLabel ? labels : labels.to(ScalarType.Int64);
        throw new TrainingException(
            TrainingException.Labels,
            $"'{source.GetType().FullName}' gives labels that are not {(Labels == LabelKind.MultiLabel ? "0 or 1" : $"class numbers from 0 to {ClassCount - 1}")}.",
            Source);
    }

    /// <summary>Whatever goes wrong in the user's code is told as that.</summary>
    static T Guarded<T>(string path, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (exception is not (CompressException or OperationCanceledException))
        {
            throw SampleSourceAssembly.Unusable(path, $"has a class that fails with {exception.GetType().Name}: {exception.Message}", exception);
        }
    }
}
