using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Decodes PNG, JPEG, BMP and WebP by Skia. Pixels are taken as they are stored: no colour profile, no rotation by EXIF.</summary>
static class ImageFile
{
    /// <summary>More is no training image but an attempt on the memory.</summary>
    const long MostPixels = 1L << 26;

    /// <summary>ITU-R BT.601, as Pillow's mode L.</summary>
    static readonly float[] Luma = [0.299f, 0.587f, 0.114f];

    public static bool HasImageName(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".PNG" or ".JPG" or ".JPEG" or ".BMP" or ".WEBP";

    /// <returns>Height, width, and whether it has no colours, from the file's head.</returns>
    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static (int Height, int Width, bool IsGray) ReadHead(string path)
    {
        using var file = DataFile.Open(path);
        using var codec = Open(file, path);
        return (codec.Info.Height, codec.Info.Width, codec.Info.ColorType == SKColorType.Gray8);
    }

    /// <param name="channels">1 for grey, 3 for red, green, blue.</param>
    /// <returns>Bytes [channels, height, width].</returns>
    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static Tensor Read(string path, int channels)
    {
        using var scope = NewDisposeScope();
        using var file = DataFile.Open(path);
        using var codec = Open(file, path);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var pixels = empty([info.Height, info.Width, 4], ScalarType.Byte);
        var outcome = Decode(codec, info, pixels);
        if (outcome != SKCodecResult.Success) throw DataFile.Malformed(path, $"is a damaged image: {outcome}.");
        var colors = pixels.narrow(2, 0, 3).permute(2, 0, 1);
        if (channels == 3) return colors.contiguous().MoveToOuterDisposeScope();
        var isGray = codec.Info.ColorType == SKColorType.Gray8;
        var gray = isGray ? colors.narrow(0, 0, 1) : colors.to(ScalarType.Float32).mul(tensor(Luma).view(3, 1, 1)).sum(0, keepdim: true).round().to(ScalarType.Byte);
        return gray.contiguous().MoveToOuterDisposeScope();
    }

    static unsafe SKCodecResult Decode(SKCodec codec, SKImageInfo info, Tensor pixels)
    {
        fixed (byte* target = pixels.bytes) return codec.GetPixels(info, (nint)target);
    }

    static SKCodec Open(Stream file, string path)
    {
        var codec = SKCodec.Create(file, out var outcome) ?? throw DataFile.Malformed(path, $"is no image that can be decoded: {outcome}.");
        if (codec.EncodedFormat is SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Bmp or SKEncodedImageFormat.Webp
            && (long)codec.Info.Width * codec.Info.Height <= MostPixels)
        {
            return codec;
        }

        var (format, width, height) = (codec.EncodedFormat, codec.Info.Width, codec.Info.Height);
        codec.Dispose();
        throw DataFile.Malformed(path, FormattableString.Invariant($"is an image of {width} x {height} in the format {format}; PNG, JPEG, BMP and WebP of up to {MostPixels} pixels are read."));
    }
}
