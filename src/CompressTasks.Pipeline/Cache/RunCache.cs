using System.Text.Json;
using CompressTasks.Onnx;

namespace CompressTasks.Pipeline;

/// <summary>
/// Finished results and unfinished work, by <see cref="CacheKey"/>. While it is open no other process works on the same key: a
/// second one waits and then finds the result.
/// </summary>
sealed class RunCache : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly FileStream gate;
    readonly string allWork;

    RunCache(FileStream gate, string root, string key, int? threads)
    {
        this.gate = gate;
        Threads = threads;
        ResultFolder = Path.Combine(root, "results", key);
        allWork = Path.Combine(root, "work", key);
        WorkFolder = threads is { } count ? WorkFolderOf(count) : allWork;
    }

    /// <summary>
    /// Threads that what lies in <see cref="WorkFolder"/> is computed with; null where nothing trains. Another number gives other last bits, so that it has work of its own,
    /// while a finished result is as good for all.
    /// </summary>
    public int? Threads { get; }

    /// <summary>Model and reports of a finished run.</summary>
    public string ResultFolder { get; }

    /// <summary>Finished stages and checkpoints of a run that was stopped.</summary>
    public string WorkFolder { get; }

    /// <summary>As <see cref="WorkFolder"/>, for work that is done with another number of threads.</summary>
    public string WorkFolderOf(int threads) => Path.Combine(allWork, FormattableString.Invariant($"{threads}-threads"));

    /// <summary>Folder for what several runs can use: times of layers, curves of sensitivity.</summary>
    /// <param name="root">The cache folder.</param>
    public static string MeasurementsIn(string root) => Path.Combine(root, "measurements");

    /// <exception cref="ModelException">CMP0008 when the cache folder cannot be written.</exception>
    public static RunCache Open(string root, string key, CancellationToken cancellation, int? threads = null)
    {
        var locks = Path.Combine(root, "locks");
        try
        {
            Directory.CreateDirectory(locks);
            return Open(root, locks, key, threads, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelException.NotWritten, $"The cache folder '{root}' cannot be written: {exception.Message}", root, "Make it writable, or choose another one.", exception);
        }
    }

    static RunCache Open(string root, string locks, string key, int? threads, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var gate = new FileStream(Path.Combine(locks, key), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new RunCache(gate, root, key, threads);
            }
            catch (IOException) when (Directory.Exists(locks))
            {
                // Held by another process, which may train for minutes.
                if (cancellation.WaitHandle.WaitOne(Pause)) cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <returns>The finished report, or null where there is none; a damaged entry counts as none.</returns>
    public CompressionReport? Find()
    {
        if (!Directory.Exists(ResultFolder)) return null;
        try
        {
            var report = CompressionReport.FromJson(File.ReadAllText(Path.Combine(ResultFolder, CompressionRun.ReportJson)));
            if (new FileInfo(Path.Combine(ResultFolder, report.Model)).Length == report.After.SizeBytes && File.Exists(Path.Combine(ResultFolder, CompressionRun.ReportMarkdown))) return report;
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException)
        {
            // As good as no entry: it is made anew.
        }

        Directory.Delete(ResultFolder, recursive: true);
        return null;
    }

    /// <summary>Makes a folder of finished files the result; the rename is what makes it visible.</summary>
    public void Store(string folder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResultFolder)!);
        if (Directory.Exists(ResultFolder)) Directory.Delete(ResultFolder, recursive: true);
        Directory.Move(folder, ResultFolder);
        Forget();
    }

    /// <summary>Removes unfinished work, of any number of threads.</summary>
    public void Forget()
    {
        if (Directory.Exists(allWork)) Directory.Delete(allWork, recursive: true);
    }

    public void Dispose() => gate.Dispose();
}
