using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// One array as numpy.save writes it (numpy.lib.format, versions 1.0 to 3.0): magic, version, header length, a header that
/// reads like a Python dictionary, the numbers. The header is matched, never evaluated, and object arrays, which would be
/// pickled Python objects, are refused.
/// </summary>
static partial class NpyArray
{
    const int LongestHeader = 1 << 20;

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <param name="content">Positioned at the magic; afterwards at the first number.</param>
    /// <param name="length">Bytes that the array's file has, header included.</param>
    /// <param name="path">File for messages; <paramref name="name"/> is the array in it.</param>
    /// <exception cref="TrainingException">CMP0402.</exception>
    public static ArrayLayout ReadHeader(Stream content, long length, string path, string name)
    {
        Span<byte> head = stackalloc byte[12];
        content.ReadExactly(head[..8]);
        if (!head.StartsWith(Magic)) throw Malformed(path, name, "does not begin as a NumPy array does");
        var version = head[6];
        if (version is 0 or > 3) throw Malformed(path, name, $"is of version {version} of NumPy's format, and 1 to 3 are known");
        var lengthBytes = version == 1 ? 2 : 4;
        content.ReadExactly(head.Slice(8, lengthBytes));
        var headerLength = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (headerLength > Math.Min(LongestHeader, length)) throw Malformed(path, name, "has a header longer than itself");
        var header = new byte[headerLength];
        content.ReadExactly(header);
        var text = (version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(header);

        var description = Description().Match(text) is { Success: true } found
            ? found.Groups[1].Value
            : throw Malformed(path, name, "has records or sub-arrays as elements, and plain numbers are needed");
        var elements = Elements(description) ?? throw Malformed(path, name, Refusal(description));
        var isFortran = Order().Match(text) is { Success: true } order
            ? order.Groups[1].Value == "True"
            : throw Malformed(path, name, "does not say its order in the header");
        var shape = Shape(text) ?? throw Malformed(path, name, "has no valid shape in its header");
        var needed = shape.Aggregate((UInt128)elements.Size, (product, axis) => product > long.MaxValue ? product : product * (UInt128)axis);
        var available = length - 8 - lengthBytes - headerLength;
        if (needed != (UInt128)available)
        {
            throw Malformed(path, name, $"declares {DataSet.Text(shape)} of '{description}' and has {DataFile.Number(available)} bytes for it");
        }

        return new(elements, shape, isFortran);
    }

    static StoredElements? Elements(string description)
    {
        var isBigEndian = description[0] == '>' || (description[0] == '=' && !BitConverter.IsLittleEndian);
        return description[1..] switch
        {
            "b1" => new(ScalarType.Byte, 1, isBigEndian, IsBoolean: true),
            "u1" => new(ScalarType.Byte, 1, isBigEndian),
            "i1" => new(ScalarType.Int8, 1, isBigEndian),
            "i2" => new(ScalarType.Int16, 2, isBigEndian),
            "i4" => new(ScalarType.Int32, 4, isBigEndian),
            "i8" => new(ScalarType.Int64, 8, isBigEndian),
            "u2" => new(ScalarType.Int16, 2, isBigEndian, IsUnsigned: true),
            "u4" => new(ScalarType.Int32, 4, isBigEndian, IsUnsigned: true),
            "u8" => new(ScalarType.Int64, 8, isBigEndian, IsUnsigned: true),
            "f2" => new(ScalarType.Float16, 2, isBigEndian),
            "f4" => new(ScalarType.Float32, 4, isBigEndian),
            "f8" => new(ScalarType.Float64, 8, isBigEndian),
            _ => null,
        };
    }

    static string Refusal(string description) => description[1] switch
    {
        'O' => "holds Python objects, which are never loaded because that would run code from the file; save it with a numeric dtype",
        'U' or 'S' or 'a' => "holds text; save class numbers instead",
        'c' => "holds complex numbers, which no model input takes",
        'M' or 'm' => "holds dates or durations; save numbers instead",
        _ => $"holds elements of type '{description}'; save it as float32, for instance",
    };

    static long[]? Shape(string header)
    {
        if (ShapeText().Match(header) is not { Success: true } match) return null;
        var parts = match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var shape = new long[parts.Length];
        for (var axis = 0; axis < parts.Length; axis++)
        {
            // numpy on Python 2 wrote long integers with an L.
            if (!long.TryParse(parts[axis].TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out shape[axis])) return null;
        }

        return shape;
    }

    static TrainingException Malformed(string path, string name, string what) => DataFile.Malformed(path, $"has an array '{name}' that {what}.");

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([<>|=][a-zA-Z]\w*(?:\[\w+\])?)['""]")]
    private static partial Regex Description();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapeText();
}
