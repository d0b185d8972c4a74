using System.Buffers.Binary;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// The IDX format of the MNIST family (http://yann.lecun.com/exdb/mnist): two zero bytes, element type, number of axes, the
/// axes' lengths as big-endian 32-bit integers, then the numbers, big-endian, C order. Plain or gzip-compressed.
/// </summary>
static partial class IdxFile
{
    const int MostAxes = 8;

    public static bool IsIdx(string path)
    {
        var (content, _) = DataFile.OpenUnpacked(path);
        using (content)
        {
            Span<byte> head = stackalloc byte[4];
            try
            {
                return content.ReadAtLeast(head, 4, throwOnEndOfStream: false) == 4
                    && head is [0, 0, _, > 0 and <= MostAxes]
                    && Elements(head[2]) is not null;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }

    /// <exception cref="TrainingException">CMP0401, CMP0402.</exception>
    public static Rows Open(string path, long mostInMemory)
    {
        var (content, mostBytes) = DataFile.OpenUnpacked(path);
        using (content)
        {
            try
            {
                return Open(content, mostBytes, path, mostInMemory);
            }
            catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
            {
                throw DataFile.Malformed(path, "is cut short or damaged.", exception);
            }
        }
    }

    /// <summary>The labels file that by custom lies beside an images file; null where there is none.</summary>
    public static string? LabelsBeside(string images)
    {
        var name = Path.GetFileName(images);
        var labels = ImagesName().Replace(name, match => $"labels{match.Groups[1].Value}idx1");
        if (labels == name) return null;
        var path = Path.Combine(Path.GetDirectoryName(images) ?? "", labels);
        string[] spellings = [path, path + ".gz", path.EndsWith(".gz", StringComparison.Ordinal) ? path[..^3] : path];
        return spellings.FirstOrDefault(File.Exists);
    }

    static Rows Open(Stream content, long mostBytes, string path, long mostInMemory)
    {
        Span<byte> head = stackalloc byte[4];
        content.ReadExactly(head);
        var axes = head[3];
        if (head is not [0, 0, _, > 0 and <= MostAxes] || Elements(head[2]) is not { } elements)
        {
            throw DataFile.Malformed(path, "is not an IDX file: its first four bytes are not those of one.");
        }

        Span<byte> lengths = stackalloc byte[4 * axes];
        content.ReadExactly(lengths);
        var shape = new long[axes];
        UInt128 bytes = (UInt128)elements.Size;
        for (var axis = 0; axis < axes; axis++)
        {
            shape[axis] = BinaryPrimitives.ReadUInt32BigEndian(lengths[(4 * axis)..]);
            bytes *= (UInt128)shape[axis];
            if (bytes > (UInt128)long.MaxValue) break;
        }

        var declared = bytes + (UInt128)(4 + lengths.Length);
        var isPacked = content is BufferedStream;
        if (isPacked ? declared > (UInt128)mostBytes : declared != (UInt128)mostBytes)
        {
            throw DataFile.Malformed(path, $"declares the shape {DataSet.Text(shape)} and does not have as many bytes as that takes.");
        }

        var rows = new ArrayLayout(elements, shape).Open(content, path, isPacked ? null : 4 + lengths.Length, mostInMemory);
        if (!isPacked || content.ReadByte() < 0) return rows;
        rows.Dispose();
        throw DataFile.Malformed(path, $"has more bytes than its shape {DataSet.Text(shape)} takes.");
    }

    static StoredElements? Elements(byte code) => code switch
    {
        0x08 => new(ScalarType.Byte, 1, IsBigEndian: true),
        0x09 => new(ScalarType.Int8, 1, IsBigEndian: true),
        0x0B => new(ScalarType.Int16, 2, IsBigEndian: true),
        0x0C => new(ScalarType.Int32, 4, IsBigEndian: true),
        0x0D => new(ScalarType.Float32, 4, IsBigEndian: true),
        0x0E => new(ScalarType.Float64, 8, IsBigEndian: true),
        _ => null,
    };

    [GeneratedRegex(@"images([.-])idx\d")]
    private static partial Regex ImagesName();
}
