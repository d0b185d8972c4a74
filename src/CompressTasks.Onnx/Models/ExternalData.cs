using System.Globalization;
using CompressTasks.Onnx.Schema;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using DataLocation = CompressTasks.Onnx.Schema.TensorProto.Types.DataLocation;

namespace CompressTasks.Onnx;

/// <summary>
/// Tensors whose bytes lie in a file beside the model. They are read into the model, so the rest of CompressTasks knows nothing of them.
/// </summary>
static class ExternalData
{
    /// <returns>Bytes of all files with external data, each counted once and whole.</returns>
    /// <exception cref="ModelException">CMP0005: the file is missing, too short or outside the model's folder.</exception>
    public static long Load(ModelProto model, string path)
    {
        var files = new Dictionary<string, DataFile>(StringComparer.Ordinal);
        try
        {
            foreach (var tensor in ModelTensors.Of(model))
            {
                if (tensor.DataLocation == DataLocation.External) Load(tensor, path, files);
            }

            // One file may be named in several spellings.
            return files.Values.DistinctBy(file => file.Path, StringComparer.Ordinal).Sum(file => RandomAccess.GetLength(file.Handle));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(
                ModelException.ExternalData,
                $"The external data of '{path}' cannot be read: {exception.Message}",
                path,
                null,
                exception);
        }
        finally
        {
            foreach (var file in files.Values) file.Handle.Dispose();
        }
    }

    static void Load(TensorProto tensor, string path, Dictionary<string, DataFile> files)
    {
        var location = Entry(tensor, "location") ?? throw Unusable(tensor, path, "names no file for its data");
        if (!files.TryGetValue(location, out var opened))
        {
            var full = InsideFolder(tensor, path, location);
            files[location] = opened = new(full, File.OpenHandle(full));
        }

        var file = opened.Handle;
        var size = RandomAccess.GetLength(file);
        var offset = Number(tensor, path, "offset") ?? 0;
        if (offset > size) throw Unusable(tensor, path, $"starts at byte {offset} of '{location}', which has {size}");
        var length = Number(tensor, path, "length") ?? size - offset;
        if (length > size - offset) throw Unusable(tensor, path, $"needs {length} bytes at {offset} of '{location}', which has {size}");
        if (length != TensorCheck.ByteCount(tensor))
        {
            throw Unusable(tensor, path, $"has {length} bytes of external data where its shape needs {TensorCheck.ByteCount(tensor)}");
        }
        if (length > Array.MaxLength) throw Unusable(tensor, path, "has more than 2 GB of data");
        var bytes = new byte[length];
        for (var read = 0; read < bytes.Length;)
        {
            var count = RandomAccess.Read(file, bytes.AsSpan(read), offset + read);
            if (count == 0) throw Unusable(tensor, path, $"ends early in '{location}'");
            read += count;
        }

        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>The file's full path, if it and every link on the way stay inside the model's folder.</summary>
    static string InsideFolder(TensorProto tensor, string path, string location)
    {
        var parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location) || location.AsSpan().ContainsAny(':', '\0') || parts.Contains(".."))
        {
            throw Unusable(tensor, path, $"refers to '{location}', which is not inside the model's folder");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var real = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder;
        var at = folder;
        foreach (var part in parts)
        {
            at = Path.Combine(at, part);
            FileSystemInfo entry = Directory.Exists(at) ? new DirectoryInfo(at) : new FileInfo(at);
            if (!entry.Exists) break;
            if (entry.ResolveLinkTarget(returnFinalTarget: true) is { } target
                && !IsInside(target.FullName, folder)
                && !IsInside(target.FullName, real))
            {
                throw Unusable(tensor, path, $"refers to '{location}', a link that leads out of the model's folder");
            }
        }

        if (!File.Exists(at)) throw Unusable(tensor, path, $"keeps its data in '{location}', which does not exist");
        return Path.GetFullPath(at);
    }

    static bool IsInside(string path, string folder) => path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    static long? Number(TensorProto tensor, string path, string key)
    {
        if (Entry(tensor, key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Unusable(tensor, path, $"has the external data {key} '{text}'");
    }

    static ModelException Unusable(TensorProto tensor, string path, string what) => new(
        ModelException.ExternalData,
        $"Tensor '{tensor.Name}' {what}.",
        path,
        "Keep the data file that was exported with the model in the model's folder.");

    readonly record struct DataFile(string Path, SafeFileHandle Handle);
}
