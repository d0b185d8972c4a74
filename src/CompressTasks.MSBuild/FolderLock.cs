using Microsoft.Build.Framework;

namespace CompressTasks.MSBuild;

/// <summary>
/// One run at a time in an output folder, across processes: the same project may be built by several nodes at once with different
/// global properties. The system lets go of the lock when a process dies.
/// </summary>
static class FolderLock
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="OperationCanceledException">The build was cancelled while waiting.</exception>
    public static IDisposable Take(string folder, IBuildEngine engine, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, ".lock");
        if (TryOpen(file) is { } free) return free;

        var node = engine as IBuildEngine3;
        node?.Yield();
        try
        {
            while (!cancellation.WaitHandle.WaitOne(Pause))
            {
                if (TryOpen(file) is { } released) return released;
            }
        }
        finally
        {
            node?.Reacquire();
        }

        throw new OperationCanceledException(cancellation);
    }

    static FileStream? TryOpen(string file)
    {
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(file))
        {
            return null;
        }
    }
}
