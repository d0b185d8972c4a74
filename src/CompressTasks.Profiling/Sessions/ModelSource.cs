using CompressTasks.Onnx;
using Google.Protobuf;

namespace CompressTasks.Profiling;

/// <summary>A model for ONNX Runtime: a file, whose external data is found beside it, or the bytes of a model that has none.</summary>
public sealed class ModelSource
{
    ModelSource(string name, string? path, byte[]? bytes)
    {
        Name = name;
        Path = path;
        Bytes = bytes;
    }

    /// <summary>What errors call the model.</summary>
    public string Name { get; }

    /// <summary>The file, or null for a model in memory.</summary>
    public string? Path { get; }

    internal byte[]? Bytes { get; }

    /// <summary>Bytes of the model itself. External data is not among them: ONNX Runtime maps it into memory instead of copying it.</summary>
    internal long Size => Path is { } path ? LengthOf(path) : Bytes!.LongLength;

    /// <exception cref="ModelException">CMP0001 when there is no such file.</exception>
    public static ModelSource FromFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new ModelException(
                ModelException.NotFound,
                $"The model '{path}' does not exist.",
                path,
                "Check the path; it is relative to the folder that the command runs in.");
        }

        return new ModelSource(path, path, null);
    }

    public static ModelSource FromBytes(byte[] bytes, string name = "the model") => new(name, null, bytes);

    /// <summary>The model as it would be written now. It must be smaller than 2 GB, protobuf's limit.</summary>
    public static ModelSource FromModel(OnnxModel model, string name = "the model") => new(name, null, model.Stored.ToByteArray());

    /// <summary>Of the opened file: that of a FileInfo would be a symbolic link's own.</summary>
    static long LengthOf(string path)
    {
        using var file = File.OpenRead(path);
        return file.Length;
    }

    public static implicit operator ModelSource(string path) => FromFile(path);

    public static implicit operator ModelSource(byte[] bytes) => FromBytes(bytes);
}
