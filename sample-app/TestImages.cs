using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace SampleApp;

/// <summary>Grey images and their classes from a NumPy archive with the arrays x (images, height, width) and y (images), both of bytes.</summary>
sealed partial class TestImages
{
    readonly byte[] pixels, labels;

    TestImages(byte[] pixels, int[] shape, byte[] labels)
    {
        this.pixels = pixels;
        this.labels = labels;
        (Count, Height, Width) = (shape[0], shape[^2], shape[^1]);
    }

    public int Count { get; }

    public int Height { get; }

    public int Width { get; }

    public static TestImages Read(string file)
    {
        using var archive = ZipFile.OpenRead(file);
        var (pixels, shape) = ReadArray(archive, "x.npy");
        var (labels, _) = ReadArray(archive, "y.npy");
        return new TestImages(pixels, shape, labels);
    }

    public int Label(int image) => labels[image];

    /// <summary>The values that the models were trained on: 0 to 1 for black to white.</summary>
    public float[] Pixels(int start, int count)
    {
        var size = Height * Width;
        return Array.ConvertAll(pixels[(start * size)..((start + count) * size)], value => value / 255f);
    }

    /// <summary>The format is described in numpy.lib.format: magic, version, length of the header, a header like a Python dictionary, data.</summary>
    static (byte[] Values, int[] Shape) ReadArray(ZipArchive archive, string name)
    {
        var entry = archive.GetEntry(name) ?? throw new InvalidDataException($"The archive has no array '{name}'.");
        using var stream = entry.Open();
        var start = new byte[8];
        stream.ReadExactly(start);
        var length = new byte[start[6] == 1 ? 2 : 4];
        stream.ReadExactly(length);
        var header = new byte[length.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(length) : BinaryPrimitives.ReadInt32LittleEndian(length)];
        stream.ReadExactly(header);
        var text = Encoding.ASCII.GetString(header);
        if (!text.Contains("'|u1'")) throw new InvalidDataException($"The array '{name}' is not of bytes.");
        var shape = ShapeNumbers().Match(text).Groups["numbers"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray();
        var values = new byte[shape.Aggregate(1, (product, size) => product * size)];
        stream.ReadExactly(values);
        return (values, shape);
    }

    [GeneratedRegex(@"'shape': *\((?<numbers>[0-9, ]*)\)")]
    private static partial Regex ShapeNumbers();
}
