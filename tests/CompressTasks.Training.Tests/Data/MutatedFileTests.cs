using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace CompressTasks.Training.Tests.Data;

/// <summary>Whatever is done to a data file, it is read or refused with a code: no other exception, no crash, no absurd allocation.</summary>
public sealed class MutatedFileTests : IDisposable
{
    const int Mutations = 150;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, byte[]> Files()
    {
        var npy = StoredFiles.Npy("<f4", "(6, 2, 2)", StoredFiles.Bytes(Enumerable.Range(0, 24).Select(i => (float)i).ToArray()));
        var fortran = StoredFiles.Npy(">i2", "(6, 2, 2)", StoredFiles.Bytes(Enumerable.Range(0, 24).Select(i => (short)i).ToArray(), bigEndian: true), fortran: true);
        var labels = StoredFiles.Npy("<i8", "(6,)", StoredFiles.Bytes<long>([0, 1, 2, 0, 1, 2]));
        var idx = StoredFiles.Idx(8, [6, 2, 2], new byte[24]);
        SKColor At(int y, int x) => new((byte)(10 * x), (byte)(10 * y), (byte)(x * y));
        return new()
        {
            { "d.npy", npy },
            { "d.npy", fortran },
            { "d.npz", StoredFiles.Zip(CompressionLevel.NoCompression, ("x.npy", npy), ("y.npy", labels)) },
            { "d.npz", StoredFiles.Zip(CompressionLevel.Optimal, ("x.npy", fortran), ("y.npy", labels)) },
            { "images", idx },
            { "images.gz", StoredFiles.Gzip(idx) },
            { "d.bin", [.. Enumerable.Range(0, 3073 * 3).Select(i => (byte)(i % 3073 == 0 ? 3 : i))] },
            { "d.csv", Encoding.UTF8.GetBytes("a,b,\"c,d\"\n1,2,3\n4,\"5\",6\n\"7\",8,9\n") },
            { "d.csv.gz", StoredFiles.Gzip("a,b\n1,2\n3,4\n"u8.ToArray()) },
            { "images/a.png", StoredImages.Png(16, 16, At) },
            { "images/a.bmp", StoredImages.Bmp(16, 16, At) },
            { "images/a.jpg", StoredImages.Encoded(SKEncodedImageFormat.Jpeg, 16, 16, At) },
            { "images/a.webp", StoredImages.Encoded(SKEncodedImageFormat.Webp, 16, 16, At) },
        };
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_mutated_file_is_read_or_refused_with_a_code(string name, byte[] content)
    {
        var random = new Random(1);
        if (Path.GetDirectoryName(name) is { Length: > 0 } inner) Directory.CreateDirectory(Path.Combine(folder.Path, inner));
        var (read, refused) = (0, 0);
        for (var i = 0; i < Mutations; i++)
        {
            var path = folder.Write(name, i == 0 ? content : Mutated(content, random));
            try
            {
                // With and without the limit: the paths through memory and through files are different ones.
                using var data = DataSets.Open(name.Contains('/', StringComparison.Ordinal) ? Path.GetDirectoryName(path)! : path, Preprocessing.Default, null, i % 2 == 0 ? 1 << 20 : 8);
                using var batch = data.Read([.. Enumerable.Range(0, Math.Min(data.Count, 50))]);
                read++;
            }
            catch (CompressException exception)
            {
                Assert.Matches("CMP040[1-4]", exception.Code);
                refused++;
            }
        }

        Assert.True(read > 0 && refused > 0, $"{read} read, {refused} refused");
    }

    static byte[] Mutated(byte[] content, Random random)
    {
        var bytes = content.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    bytes.RemoveRange(at, random.Next(Math.Min(20, bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(20)).ToArray());
                    break;
            }
        }

        return [.. bytes];
    }
}
