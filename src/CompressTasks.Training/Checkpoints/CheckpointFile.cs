using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// A file of named tensors with a JSON header: magic, header length (32 bits, little-endian), header, the tensors' bytes one after the other in
/// the header's order, SHA-256 of all before it. Nothing in it is ever executed. Written beside the target and renamed.
/// </summary>
static class CheckpointFile
{
    const int HashBytes = 32, MostHeaderBytes = 1 << 28;

    /// <summary>A validation result may be NaN or infinite, which plain JSON has no word for.</summary>
    static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    static ReadOnlySpan<byte> Magic => "CMPCKPT1"u8;

    /// <exception cref="TrainingException">CMP0502 when the file cannot be written.</exception>
    public static void Write(string path, CheckpointHeader header, IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        try
        {
            WriteAndRename(path, header, tensors);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CheckpointLock.IsInUse(exception) ? CheckpointLock.OfAnother(path, exception) : NotWritten(path, exception);
        }
    }

    public static TrainingException NotWritten(string path, Exception cause) => new(
        TrainingException.Checkpoint,
        $"The checkpoint '{Path.GetFileName(path)}' cannot be written: {cause.Message}",
        path,
        "Make room on the disk or the folder writable; the same command then goes on from the last checkpoint.",
        cause);

    /// <summary>Reads header and tensors; the tensors belong to the caller.</summary>
    /// <exception cref="TrainingException">CMP0502 when the file is damaged.</exception>
    public static (CheckpointHeader Header, Dictionary<string, Tensor> Tensors) Read(string path)
    {
        CheckHash(path);
        using var file = File.OpenRead(path);
        var header = HeaderOf(file) ?? throw Damaged(path);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var entry in header.Tensors)
        {
            var value = empty(entry.Shape, entry.Type).DetachFromDisposeScope();
            tensors.Add(entry.Name, value);
            file.ReadExactly(value.bytes);
        }

        return (header, tensors);
    }

    /// <summary>The header alone; null where the file is none of these, or damaged.</summary>
    public static CheckpointHeader? ReadHeader(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return HeaderOf(file);
        }
        catch (Exception exception) when (exception is JsonException or EndOfStreamException)
        {
            return null; // whoever goes on from it says what is wrong
        }
    }

    static CheckpointHeader? HeaderOf(FileStream file)
    {
        using var reader = new BinaryReader(file, Encoding.UTF8, leaveOpen: true);
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)) return null;
        var length = reader.ReadInt32();
        return length is > 0 and < MostHeaderBytes && length <= file.Length ? JsonSerializer.Deserialize<CheckpointHeader>(reader.ReadBytes(length), Json) : null;
    }

    static void WriteAndRename(string path, CheckpointHeader header, IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        // One name, so that a process that is killed here leaves no more than one file behind, which the next one takes over.
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.tmp");
        // Outside of what deletes it again: where another process has it open, it is that one's.
        var opened = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        try
        {
            using (var file = opened)
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var entries = tensors.Select(tensor => new CheckpointTensor(tensor.Name, tensor.Value.dtype, tensor.Value.shape)).ToArray();
                var json = JsonSerializer.SerializeToUtf8Bytes(header with { Tensors = entries }, Json);
                Span<byte> length = stackalloc byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
                Append(Magic);
                Append(length);
                Append(json);
                foreach (var (_, value) in tensors)
                {
                    using var scope = NewDisposeScope();
                    Append(value.detach().cpu().contiguous().bytes);
                }

                file.Write(hash.GetHashAndReset());
                file.Flush(flushToDisk: true);

                void Append(ReadOnlySpan<byte> bytes)
                {
                    hash.AppendData(bytes);
                    file.Write(bytes);
                }
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Whatever passes was written by <see cref="Write"/> to its end, so that what follows can rely on its form.</summary>
    static void CheckHash(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (file.Length < magic.Length + HashBytes || file.ReadAtLeast(magic, magic.Length) < magic.Length || !magic.SequenceEqual(Magic))
        {
            throw Damaged(path);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(magic);
        var buffer = new byte[1 << 20];
        for (var left = file.Length - magic.Length - HashBytes; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) throw Damaged(path);
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        Span<byte> written = stackalloc byte[HashBytes];
        file.ReadExactly(written);
        if (!written.SequenceEqual(hash.GetHashAndReset())) throw Damaged(path);
    }

    static TrainingException Damaged(string path) => new(
        TrainingException.Checkpoint,
        $"The checkpoint '{Path.GetFileName(path)}' is damaged.",
        path,
        "Delete it; the training starts anew.");
}
