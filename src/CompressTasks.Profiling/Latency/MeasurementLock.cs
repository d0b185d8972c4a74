using System.Diagnostics;

namespace CompressTasks.Profiling;

/// <summary>
/// Keeps measurements of several processes on one machine apart, since they would spoil each other's numbers: an exclusively opened
/// file, which the system closes when its owner ends, however that happens.
/// </summary>
static class MeasurementLock
{
    const string FileName = "measuring.lock";
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <returns>The lock, released by disposing it; null where the options name no folder.</returns>
    /// <exception cref="ProfilingException">CMP0306 when the wait is over or the file cannot be made.</exception>
    public static IDisposable? Acquire(LatencyOptions options, CancellationToken cancellation)
    {
        if (options.CacheFolder is not { } folder) return null;
        var file = Path.Combine(folder, FileName);
        CreateFolder(folder, file);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException exception)
            {
                throw NotOpened(file, exception);
            }
            catch (IOException exception)
            {
                if (Stopwatch.GetElapsedTime(start) > options.LockTimeout)
                {
                    throw new ProfilingException(
                        ProfilingException.MeasurementLock,
                        $"Waited {options.LockTimeout.TotalSeconds:0} s for another measurement on this machine to end: {exception.Message}",
                        file,
                        "Let the other build end first, or run builds that compress one after the other.",
                        exception);
                }
            }

            if (cancellation.WaitHandle.WaitOne(Pause)) cancellation.ThrowIfCancellationRequested();
        }
    }

    static void CreateFolder(string folder, string file)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotOpened(file, exception);
        }
    }

    static ProfilingException NotOpened(string file, Exception cause) => new(
        ProfilingException.MeasurementLock,
        $"The lock file for measurements cannot be opened: {cause.Message}",
        file,
        "Make the cache folder writable, or choose another one.",
        cause);
}
