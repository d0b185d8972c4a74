using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Applies a <see cref="Preprocessing"/> as one multiplication and one addition per number, in place on the batch.</summary>
sealed class NormalizedDataSet : DataSetView
{
    readonly Tensor factor, offset;
    readonly bool hasOffset;
    readonly string text;

    NormalizedDataSet(DataSet inner, Preprocessing preprocessing) : base(inner)
    {
        var scale = preprocessing.ScaleFor(inner);
        var mean = preprocessing.Mean is { Length: > 0 } means ? means : [0f];
        var std = preprocessing.Std is { Length: > 0 } deviations ? deviations : [1f];
        preprocessing.Validate();
        var channels = Math.Max(mean.Length, std.Length);
        var shape = ChannelShape(inner, channels);
        factor = tensor([.. Enumerable.Range(0, channels).Select(c => scale / At(std, c))]).reshape(shape).DetachFromDisposeScope();
        offset = tensor([.. Enumerable.Range(0, channels).Select(c => -At(mean, c) / At(std, c))]).reshape(shape).DetachFromDisposeScope();
        hasOffset = mean.Any(value => value != 0);
        var stored = inner.PixelRange;
        // A factor of the user's own is taken to bring white to 1; bytes are white at 255 whatever is done to them.
        var white = inner.StoresBytes ? stored.White[0] * scale : 1;
        PixelRange = new(
            [.. Enumerable.Range(0, channels).Select(c => -At(mean, c) / At(std, c))],
            [.. Enumerable.Range(0, channels).Select(c => (white - At(mean, c)) / At(std, c))]);
        text = string.Create(
            CultureInfo.InvariantCulture,
            $"normalized {scale:R} {string.Join(',', mean.Select(Text))} {string.Join(',', std.Select(Text))}");
    }

    /// <summary>The data set itself where there is nothing to do.</summary>
    /// <exception cref="TrainingException">
    /// CMP0403 when the channels of the preprocessing are not those of the samples; CMP0120 for a deviation of 0 or less.
    /// </exception>
    public static DataSet Over(DataSet inner, Preprocessing preprocessing) =>
        preprocessing.ScaleFor(inner) == 1 && preprocessing.Mean is null or [] && preprocessing.Std is null or []
            ? inner
            : new NormalizedDataSet(inner, preprocessing);

    internal override PixelRange PixelRange { get; }

    protected override ReadOnlySpan<byte> Difference => Encoding.ASCII.GetBytes(text);

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        var batch = Inner.Read(indices);
        batch.Inputs.mul_(factor);
        if (hasOffset) batch.Inputs.add_(offset);
        return batch;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            factor.Dispose();
            offset.Dispose();
            Inner.Dispose();
        }

        base.Dispose(disposing);
    }

    static long[] ChannelShape(DataSet inner, int channels) => (inner.SampleShape, channels) switch
    {
        (_, 1) => [1],
        ([var first, _, _], _) when first == channels => [channels, 1, 1],
        ([.., var last], _) when last == channels => [channels],
        _ => throw new TrainingException(
            TrainingException.DataShape,
            $"The preprocessing has {channels} channels; samples of shape {Text(inner.SampleShape)} have not.",
            inner.Source,
            "Give one mean and deviation for all channels, or one for each."),
    };

    static float At(float[] values, int channel) => values.Length == 1 ? values[0] : values[channel];

    static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}
