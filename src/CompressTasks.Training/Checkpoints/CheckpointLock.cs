namespace CompressTasks.Training;

/// <summary>Keeps a checkpoint for one training: a file beside it that is open for as long as the training lasts, and that the system lets go of when the process is killed.</summary>
sealed class CheckpointLock : IDisposable
{
    /// <summary>How operating systems say that somebody else has a file open: EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.</summary>
    static readonly int[] InUse = [11, 35, unchecked((int)0x80070020)];

    readonly FileStream held;

    CheckpointLock(FileStream held) => this.held = held;

    /// <exception cref="TrainingException">CMP0502 when another training has it, or the folder cannot be written.</exception>
    public static CheckpointLock Take(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, $".{Path.GetFileName(path)}.lock");
            return new(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw IsInUse(exception) ? OfAnother(path, exception) : CheckpointFile.NotWritten(path, exception);
        }
    }

    public static bool IsInUse(Exception exception) => exception.GetType() == typeof(IOException) && InUse.Contains(exception.HResult);

    public static TrainingException OfAnother(string path, Exception cause) => new(
        TrainingException.Checkpoint,
        $"Another process trains with the checkpoint '{Path.GetFileName(path)}'.",
        path,
        "Wait until it has ended, or give this training another checkpoint.",
        cause);

    public void Dispose() => held.Dispose();
}
