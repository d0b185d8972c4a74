namespace CompressTasks.Pipeline;

/// <summary>Puts finished files into a folder: each is copied beside its target and renamed over it, so that none is ever half there.</summary>
static class ArtifactFolder
{
    /// <param name="from">Folder of the finished files.</param>
    /// <param name="to">Made where it is missing; other files in it are left alone.</param>
    /// <param name="names">Files to put there, in this order: what others look for to know that all is there comes last.</param>
    /// <exception cref="CompressException">CMP0008 when the folder cannot be written.</exception>
    public static void Publish(string from, string to, params IReadOnlyList<string> names)
    {
        try
        {
            Directory.CreateDirectory(to);
            foreach (var name in names)
            {
                var temporary = Path.Combine(to, $".{name}.{Environment.ProcessId}.tmp");
                File.Copy(Path.Combine(from, name), temporary, overwrite: true);
                File.Move(temporary, Path.Combine(to, name), overwrite: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new Onnx.ModelException(Onnx.ModelException.NotWritten, $"The result cannot be written to '{to}': {exception.Message}", to, "Make the folder writable.", exception);
        }
    }
}
