using SkiaSharp;

namespace CompressTasks.Training.Tests.Data;

/// <summary>Makes small image files.</summary>
static class StoredImages
{
    public static byte[] Png(int height, int width, Func<int, int, SKColor> colorAt) => Encoded(SKEncodedImageFormat.Png, height, width, colorAt);

    public static byte[] Encoded(SKEncodedImageFormat format, int height, int width, Func<int, int, SKColor> colorAt)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++) bitmap.SetPixel(x, y, colorAt(y, x));
        }

        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    public static byte[] GrayPng(int height, int width, byte value)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        bitmap.GetPixelSpan().Fill(value);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Bottom-up rows of blue, green, red, padded to four bytes, behind the two headers of Windows 3.0.</summary>
    public static byte[] Bmp(int height, int width, Func<int, int, SKColor> colorAt)
    {
        var stride = (width * 3 + 3) / 4 * 4;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("BM"u8);
        foreach (var field in (int[])[54 + (stride * height), 0, 54, 40, width, height]) writer.Write(field);
        writer.Write((short)1);
        writer.Write((short)24);
        foreach (var field in (int[])[0, stride * height, 2835, 2835, 0, 0]) writer.Write(field);
        for (var y = height - 1; y >= 0; y--)
        {
            for (var x = 0; x < width; x++)
            {
                var color = colorAt(y, x);
                writer.Write([color.Blue, color.Green, color.Red]);
            }

            writer.Write(new byte[stride - (3 * width)]);
        }

        return stream.ToArray();
    }
}
