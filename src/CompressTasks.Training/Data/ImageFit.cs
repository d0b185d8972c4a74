using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Resizing and cropping of images, and of masks along with them.</summary>
/// <param name="Resize">[height, width], [shorter side] or empty.</param>
/// <param name="Crop">[height, width] or empty.</param>
sealed record ImageFit(int[] Resize, int[] Crop)
{
    public (long Height, long Width) SizeOf(long height, long width)
    {
        (height, width) = Resized(height, width);
        return Crop is [var rows, var columns] ? (rows, columns) : (height, width);
    }

    /// <param name="images">float32 [n, channels, height, width]; not changed.</param>
    /// <returns>A new tensor.</returns>
    /// <exception cref="TrainingException">CMP0403 when an image is smaller than what is cut out of it.</exception>
    public Tensor Apply(Tensor images, string source)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (images.shape[2], images.shape[3]);
        var (rows, columns) = Resized(height, width);
        if ((rows, columns) != (height, width))
        {
            images = nn.functional.interpolate(images, [rows, columns], mode: InterpolationMode.Bilinear, align_corners: false, antialias: rows < height || columns < width);
        }

        return Cropped(images, source).contiguous().clone().MoveToOuterDisposeScope();
    }

    /// <param name="masks">int64 [n, height, width]; each pixel takes its nearest one's class.</param>
    public Tensor ApplyToClasses(Tensor masks, string source)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = Resized(masks.shape[1], masks.shape[2]);
        var nearest = masks.index_select(1, Nearest(masks.shape[1], rows)).index_select(2, Nearest(masks.shape[2], columns));
        return Cropped(nearest.unsqueeze(1), source).squeeze(1).contiguous().MoveToOuterDisposeScope();
    }

    public override string ToString() => $"fit {string.Join('x', Resize)} {string.Join('x', Crop)}";

    (long Rows, long Columns) Resized(long height, long width) => Resize switch
    {
        [var rows, var columns] => (rows, columns),
        [var side] when height <= width => (side, Math.Max(1, (long)Math.Round((double)width * side / height))),
        [var side] => (Math.Max(1, (long)Math.Round((double)height * side / width)), side),
        _ => (height, width),
    };

    Tensor Cropped(Tensor images, string source)
    {
        if (Crop is not [var rows, var columns]) return images;
        var (height, width) = (images.shape[2], images.shape[3]);
        if (rows > height || columns > width)
        {
            throw new TrainingException(
                TrainingException.DataShape,
                FormattableString.Invariant($"An image of {height} x {width} is smaller than the crop of {rows} x {columns}."),
                source,
                "Resize first, or crop less.");
        }

        return images.narrow(2, (height - rows) / 2, rows).narrow(3, (width - columns) / 2, columns);
    }

    /// <summary>The pixel whose centre is nearest to that of each new one.</summary>
    static Tensor Nearest(long from, long to) => arange(to).add(0.5).mul((double)from / to).floor().clamp(0, from - 1).to(ScalarType.Int64);
}
