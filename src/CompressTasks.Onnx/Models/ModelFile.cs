using System.IO.MemoryMappedFiles;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx;

/// <summary>Reading and writing of model files.</summary>
static class ModelFile
{
    /// <summary>Protobuf's limit for one message, less what the lengths of nested messages may add while it is written.</summary>
    public const long LargestMessage = int.MaxValue - (64L << 20);

    public static OnnxModel Read(string path)
    {
        if (!File.Exists(path))
        {
            const string hint = "Check the path; it is relative to the folder that the command runs in.";
            throw new ModelException(ModelException.NotFound, $"The model '{path}' does not exist.", path, hint);
        }

        var (proto, length) = Parse(path);
        if (proto.Graph is null || !proto.HasIrVersion || (proto.Graph.Node.Count == 0 && proto.Graph.Output.Count == 0))
        {
            throw NotOnnx(path, "is not an ONNX model: it has no graph", null);
        }

        var bytes = length + ExternalData.Load(proto, path);
        var model = new OnnxModel(proto, path, bytes);
        ModelChecker.CheckStructure(model);
        if (!SparseDecoding.Decode(model)) return model;
        model.IsStoredSparse = true;
        ModelChecker.CheckStructure(model);
        return model;
    }

    /// <param name="model">The model, which stays as it is.</param>
    /// <param name="path">The target, replaced where it exists.</param>
    /// <param name="largestMessage">From this size on the weights go to a file of their own.</param>
    public static long Write(OnnxModel model, string path, long largestMessage = LargestMessage)
    {
        var target = Path.GetFullPath(path);
        var data = target + ".data";
        using var files = new FileReplacement();
        try
        {
            var proto = model.Stored;
            if (ModelSize.Of(proto) > largestMessage)
            {
                using var stream = files.Create(data);
                proto = ExternalDataWriter.Move(proto, stream, Path.GetFileName(data));
                if (ModelSize.Of(proto) > largestMessage)
                {
                    throw new ModelException(ModelException.NotWritten, $"The model '{path}' has more than 2 GB outside its initializers.", path);
                }
            }

            using (var stream = files.Create(target)) proto.WriteTo(stream);
            return files.Commit();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelException.NotWritten, $"The model '{path}' cannot be written: {exception.Message}", path, null, exception);
        }
    }

    static (ModelProto Proto, long Length) Parse(string path)
    {
        try
        {
            // Of the opened file: that of a FileInfo would be a symbolic link's own.
            using var stream = File.OpenRead(path);
            var length = stream.Length;
            if (length == 0) throw NotOnnx(path, "is empty", null);
            if (length > int.MaxValue) throw NotOnnx(path, "is larger than the 2 GB that an ONNX file can have", null);

            // Mapped, so that the only copy of the weights is the one in the messages.
            using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            using var view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return (Parse(view, (int)length), length);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw NotOnnx(path, "is not an ONNX model, or it is damaged or cut short", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotOnnx(path, $"cannot be read: {exception.Message}", exception);
        }
    }

    static unsafe ModelProto Parse(MemoryMappedViewAccessor view, int length)
    {
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return ModelProto.Parser.ParseFrom(new ReadOnlySpan<byte>(start, length));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    static ModelException NotOnnx(string path, string what, Exception? inner) =>
        new(ModelException.NotOnnx, $"'{path}' {what}.", path, "Export the model again, or check that the download is complete.", inner);
}
