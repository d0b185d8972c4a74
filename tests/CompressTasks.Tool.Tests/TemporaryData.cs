using System.Text;

namespace CompressTasks.Tool.Tests;

/// <summary>Data sets of two .npy files, written by the format's own rules: magic, version 1.0, header padded to 64 bytes, numbers.</summary>
static class TemporaryData
{
    /// <summary>
    /// Images of 8 x 8 floats, half of them bright at the left (class 0) and half at the right (class 1), with a little noise.
    /// </summary>
    /// <returns>The data argument.</returns>
    public static string TwoClasses(TemporaryModel folder, string name, int samples, int seed)
    {
        var random = new Random(seed);
        var images = new float[samples * 64];
        var labels = new long[samples];
        for (var i = 0; i < samples; i++)
        {
            labels[i] = i % 2;
            for (var pixel = 0; pixel < 64; pixel++) images[(i * 64) + pixel] = ((pixel % 8 / 4) == labels[i] ? 1 : 0) + (0.1f * random.NextSingle());
        }

        return Write(folder, name, images, [samples, 1, 8, 8], labels);
    }

    /// <summary>A folder of bitmaps of 16 x 16, bright at the left or at the right, in the class folders left and right.</summary>
    public static string TwoClassesOfImages(TemporaryModel folder, string name, int perClass)
    {
        const int side = 16;
        var random = new Random(1);
        foreach (var (label, kind) in ((string[])["left", "right"]).Index())
        {
            Directory.CreateDirectory(Path.Combine(folder.PathOf(name), kind));
            for (var i = 0; i < perClass; i++)
            {
                using var writer = new BinaryWriter(File.Create(Path.Combine(folder.PathOf(name), kind, $"{i}.bmp")));
                writer.Write("BM"u8);
                foreach (var field in (int[])[54 + (3 * side * side), 0, 54, 40, side, side]) writer.Write(field);
                foreach (var field in (short[])[1, 24]) writer.Write(field);
                foreach (var field in (int[])[0, 3 * side * side, 2835, 2835, 0, 0]) writer.Write(field);
                for (var pixel = 0; pixel < side * side; pixel++)
                {
                    var gray = (byte)((pixel % side / (side / 2) == label ? 200 : 0) + random.Next(40));
                    writer.Write([gray, gray, gray]);
                }
            }
        }

        return folder.PathOf(name);
    }

    /// <param name="labelShape">Of all labels; null: one for each sample.</param>
    public static string Write(TemporaryModel folder, string name, float[] samples, int[] shape, long[] labels, int[]? labelShape = null)
    {
        WriteArray(folder.PathOf(name + "-x.npy"), "<f4", shape, writer => Array.ForEach(samples, writer.Write));
        WriteArray(folder.PathOf(name + "-y.npy"), "<i8", labelShape ?? [labels.Length], writer => Array.ForEach(labels, writer.Write));
        return $"{folder.PathOf(name + "-x.npy")};{folder.PathOf(name + "-y.npy")}";
    }

    static void WriteArray(string path, string type, int[] shape, Action<BinaryWriter> numbers)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)},), }}";
        var padded = header.PadRight(((10 + header.Length + 1 + 63) / 64 * 64) - 10 - 1) + "\n";
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
        writer.Write((ushort)padded.Length);
        writer.Write(Encoding.ASCII.GetBytes(padded));
        numbers(writer);
    }
}
