using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CompressTasks.Training.Tests.Data;

/// <summary>Makes small files of each data format, byte by byte as their specifications say.</summary>
static class StoredFiles
{
    public static byte[] Idx(byte type, int[] shape, byte[] content)
    {
        var head = new byte[4 + (4 * shape.Length)];
        head[2] = type;
        head[3] = (byte)shape.Length;
        for (var axis = 0; axis < shape.Length; axis++) BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4 + (4 * axis)), shape[axis]);
        return [.. head, .. content];
    }

    public static byte[] Npy(string type, string shape, byte[] content, bool fortran = false, byte version = 1)
    {
        var header = $"{{'descr': {(type.StartsWith('[') ? type : $"'{type}'")}, 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}\n";
        var length = version == 1 ? BitConverter.GetBytes((ushort)header.Length) : BitConverter.GetBytes((uint)header.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. content];
    }

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest)) gzip.Write(content);
        return stream.ToArray();
    }

    public static byte[] Bytes<T>(T[] values, bool bigEndian = false) where T : unmanaged
    {
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values).ToArray();
        if (!bigEndian) return bytes;
        var size = bytes.Length / values.Length;
        for (var start = 0; start < bytes.Length; start += size) Array.Reverse(bytes, start, size);
        return bytes;
    }
}
