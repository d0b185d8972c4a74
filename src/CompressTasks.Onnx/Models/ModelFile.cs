using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx;

/// <summary>Reading and writing of model files.</summary>
static class ModelFile
{
    public static OnnxModel Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new ModelException(ModelException.NotFound, $"The model '{path}' does not exist.", path, "Check the path; it is relative to the folder that the command runs in.");
        }

        ModelProto proto;
        try
        {
            var bytes = File.ReadAllBytes(path);
            proto = ModelProto.Parser.ParseFrom(UnsafeByteOperations.UnsafeWrap(bytes).CreateCodedInput());
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw NotOnnx(path, "is not an ONNX model, or it is damaged or cut short", exception);
        }
        catch (IOException exception)
        {
            throw NotOnnx(path, $"cannot be read: {exception.Message}", exception);
        }

        if (proto.Graph is null || !proto.HasIrVersion || proto.Graph.Node.Count == 0)
        {
            throw NotOnnx(path, "is not an ONNX model: it has no graph", null);
        }

        var model = new OnnxModel(proto, path);
        ExternalData.Load(model, path);
        return model;
    }

    public static long Write(OnnxModel model, string path)
    {
        var target = System.IO.Path.GetFullPath(path);
        var folder = System.IO.Path.GetDirectoryName(target)!;
        var temporary = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(target)}.{Environment.ProcessId}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = File.Create(temporary)) model.Proto.WriteTo(stream);
            File.Move(temporary, target, overwrite: true);
            return new FileInfo(target).Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new ModelException(ModelException.NotWritten, $"The model '{path}' cannot be written: {exception.Message}", path, null, exception);
        }
    }

    static ModelException NotOnnx(string path, string what, Exception? inner) =>
        new(ModelException.NotOnnx, $"'{path}' {what}.", path, "Export the model again, or check that the download is complete.", inner);
}
