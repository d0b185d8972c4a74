using System.Text;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Stored images as [channels, height, width] of another size.</summary>
sealed class FittedDataSet : DataSetView
{
    readonly ImageFit? fit;
    readonly bool isChannelsLast;
    readonly long[] shape;

    FittedDataSet(DataSet inner, ImageFit? fit, ImageLayout? layout) : base(inner)
    {
        this.fit = fit;
        var stored = inner.SampleShape;
        if (stored.Length != 3 && !(stored.Length == 2 && layout is null))
        {
            throw new TrainingException(
                TrainingException.DataShape,
                $"Samples of shape {Text(stored)} are no images that resize, crop and layout could act on.",
                inner.Source,
                "Images are [height, width], [channels, height, width] or [height, width, channels].");
        }

        isChannelsLast = stored.Length == 3 && (layout == ImageLayout.Nhwc || (layout is null && stored[0] is not (1 or 3 or 4) && stored[2] is 1 or 3 or 4));
        long[] plain = stored.Length == 2 ? [1, .. stored] : isChannelsLast ? [stored[2], stored[0], stored[1]] : stored;
        var (height, width) = fit?.SizeOf(plain[1], plain[2]) ?? (plain[1], plain[2]);
        shape = stored.Length == 2 ? [height, width] : [plain[0], height, width];
        if (fit is not null && inner.Labels == LabelKind.PixelClasses && !inner.LabelShape.AsSpan().SequenceEqual(plain.AsSpan(1)))
        {
            throw new TrainingException(
                TrainingException.DataShape,
                $"Masks of shape {Text(inner.LabelShape)} are not of the size of the images {Text(stored)}, so they cannot be resized along.",
                inner.Source);
        }
    }

    /// <summary>The data set itself where there is nothing to do.</summary>
    /// <exception cref="TrainingException">CMP0403 when the samples are no images.</exception>
    public static DataSet Over(DataSet inner, Preprocessing preprocessing) =>
        preprocessing.Fit is null && preprocessing.Layout is null ? inner : new FittedDataSet(inner, preprocessing.Fit, preprocessing.Layout);

    public override long[] SampleShape => shape;

    public override long[] LabelShape => Labels == LabelKind.PixelClasses && fit is not null ? shape[^2..] : Inner.LabelShape;

    protected override ReadOnlySpan<byte> Difference => Encoding.ASCII.GetBytes($"{fit} {isChannelsLast}");

    public override Batch Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (images, labels) = Inner.Read(indices);
        if (images.dim() == 3) images = images.unsqueeze(1);
        if (isChannelsLast) images = images.permute(0, 3, 1, 2).contiguous();
        if (fit is not null) images = fit.Apply(images, Source);
        if (fit is not null && Labels == LabelKind.PixelClasses) labels = fit.ApplyToClasses(labels!, Source);
        return new(images.reshape([indices.Length, .. shape]).MoveToOuterDisposeScope(), labels?.MoveToOuterDisposeScope());
    }

    internal override Tensor? ReadLabels(ReadOnlySpan<int> indices) =>
        fit is not null && Labels == LabelKind.PixelClasses ? fit.ApplyToClasses(Inner.ReadLabels(indices)!, Source) : Inner.ReadLabels(indices);

    protected override void Dispose(bool disposing)
    {
        if (disposing) Inner.Dispose();
        base.Dispose(disposing);
    }
}
