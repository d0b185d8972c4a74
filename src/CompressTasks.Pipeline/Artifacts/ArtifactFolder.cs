using CompressTasks.Onnx;

namespace CompressTasks.Pipeline;

/// <summary>Puts finished files into a folder: all are copied beside their targets and then renamed over them, so that none is ever half there.</summary>
static class ArtifactFolder
{
    /// <param name="from">Folder of the finished files.</param>
    /// <param name="to">Made where it is missing; other files in it are left alone.</param>
    /// <param name="names">Files to put there, in this order: what others look for to know that all is there comes last.</param>
    /// <exception cref="ModelException">CMP0008 when the folder cannot be written; nothing in it is replaced then.</exception>
    public static void Publish(string from, string to, params IReadOnlyList<string> names)
    {
        string TemporaryOf(string name) => Path.Combine(to, $".{name}.{Environment.ProcessId}.tmp");
        try
        {
            Directory.CreateDirectory(to);
            try
            {
                foreach (var name in names) File.Copy(Path.Combine(from, name), TemporaryOf(name), overwrite: true);
                foreach (var name in names) File.Move(TemporaryOf(name), Path.Combine(to, name), overwrite: true);
            }
            finally
            {
                foreach (var name in names) File.Delete(TemporaryOf(name));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelException.NotWritten, $"The result cannot be written to '{to}': {exception.Message}", to, "Make the folder writable, or choose another one.", exception);
        }
    }
}
