using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Image files, decoded when they are asked for: [channels, height, width], bytes or, where they are resized, float32.</summary>
/// <param name="size">Of the first image: where nothing makes them equal, all have to be of this size.</param>
sealed class ImageRows(string[] files, int channels, (int Height, int Width) size, ImageFit? fit) : Rows
{
    const int MostReaders = 8;

    readonly (long Height, long Width) fitted = fit?.SizeOf(size.Height, size.Width) ?? size;

    public override int Count => files.Length;

    public override long[] RowShape => [channels, fitted.Height, fitted.Width];

    public override ScalarType Type => fit is null ? ScalarType.Byte : ScalarType.Float32;

    public override bool StoresBytes => true;

    public override int ReadersAhead => Math.Min(MostReaders, Math.Max(2, Environment.ProcessorCount));

    public override Tensor Read(ReadOnlySpan<int> indices)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var result = empty([indices.Length, .. RowShape], Type);
        for (var i = 0; i < indices.Length; i++)
        {
            using var imageScope = NewDisposeScope();
            var image = ImageFile.Read(files[indices[i]], channels);
            if (fit is not null) image = fit.Apply(image.unsqueeze(0).to(ScalarType.Float32), files[indices[i]]).squeeze(0);
            if (!image.shape.SequenceEqual(RowShape)) throw Unequal(files[indices[i]], image.shape);
            result.select(0, i).copy_(image);
        }

        return result.MoveToOuterDisposeScope();
    }

    public override void Dispose()
    {
    }

    TrainingException Unequal(string file, long[] shape) => new(
        TrainingException.DataShape,
        $"'{file}' is {shape[1]} x {shape[2]} pixels, and the first image makes {fitted.Height} x {fitted.Width}.",
        file,
        "Declare one size for all: \"resize\": [height, width] in the recipe's preprocessing, or --resize on the command line.");
}
