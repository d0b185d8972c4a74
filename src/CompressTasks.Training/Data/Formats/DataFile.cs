using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace CompressTasks.Training;

/// <summary>Opening and fingerprinting of data files.</summary>
static class DataFile
{
    /// <summary>Deflate cannot expand a byte to more than 1,032 (zlib's technical notes): a file that declares more is damaged or hostile.</summary>
    const long MaximalExpansion = 1032;

    const int Buffer = 1 << 16;

    /// <exception cref="TrainingException">CMP0401.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Buffer, FileOptions.SequentialScan);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException(
                TrainingException.DataNotFound,
                $"The data file '{path}' cannot be read: {exception.Message}",
                path,
                "Check the path; a relative one starts at the project's folder.",
                exception);
        }
    }

    /// <summary>The file's content, unpacked where it is gzip, and the most bytes that it can hold.</summary>
    public static (Stream Content, long MostBytes) OpenUnpacked(string path)
    {
        var file = Open(path);
        Span<byte> magic = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1f, 0x8b];
        file.Position = 0;
        return isGzip
            ? (new BufferedStream(new GZipStream(file, CompressionMode.Decompress), Buffer), MostUnpacked(file.Length))
            : (file, file.Length);
    }

    /// <exception cref="TrainingException">CMP0402 where the file ends before.</exception>
    public static void ReadExactly(SafeFileHandle file, string path, Span<byte> target, long position)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(file, target, position);
            if (read == 0) throw Malformed(path, "was cut short while it was in use.");
            target = target[read..];
            position += read;
        }
    }

    public static long MostUnpacked(long packed) => packed > long.MaxValue / MaximalExpansion ? long.MaxValue : packed * MaximalExpansion;

    /// <summary>SHA-256 over the contents of the files in their order and over how they are read.</summary>
    public static string Hash(IEnumerable<string> paths, string reading)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            using var file = Open(path);
            hash.AppendData(SHA256.HashData(file));
        }

        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(reading));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static TrainingException Malformed(string path, string what, Exception? cause = null) =>
        new(
            TrainingException.DataFormat,
            $"'{Path.GetFileName(path)}' {what}",
            path,
            "Write or download the file again; docs/data.md has the formats.",
            cause);

    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
