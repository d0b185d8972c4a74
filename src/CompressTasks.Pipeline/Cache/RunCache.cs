using System.Text.Json;

namespace CompressTasks.Pipeline;

/// <summary>
/// Finished results and unfinished work, by <see cref="CacheKey"/>. While it is open no other process works on the same key: a
/// second one waits and then finds the result.
/// </summary>
sealed class RunCache : IDisposable
{
    const string Report = "report.json";
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly FileStream gate;

    RunCache(FileStream gate, string root, string key)
    {
        this.gate = gate;
        ResultFolder = Path.Combine(root, "results", key);
        WorkFolder = Path.Combine(root, "work", key);
    }

    /// <summary>Model and reports of a finished run.</summary>
    public string ResultFolder { get; }

    /// <summary>Finished stages and checkpoints of a run that was stopped.</summary>
    public string WorkFolder { get; }

    public static RunCache Open(string root, string key, CancellationToken cancellation)
    {
        var locks = Path.Combine(root, "locks");
        Directory.CreateDirectory(locks);
        while (true)
        {
            try
            {
                var gate = new FileStream(Path.Combine(locks, key), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new RunCache(gate, root, key);
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
        var file = Path.Combine(ResultFolder, Report);
        if (!File.Exists(file)) return null;
        try
        {
            return CompressionReport.FromJson(File.ReadAllText(file));
        }
        catch (JsonException)
        {
            Directory.Delete(ResultFolder, recursive: true);
            return null;
        }
    }

    /// <summary>Makes a folder of finished files the result; the rename is what makes it visible.</summary>
    public void Store(string folder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResultFolder)!);
        if (Directory.Exists(ResultFolder)) Directory.Delete(ResultFolder, recursive: true);
        Directory.Move(folder, ResultFolder);
        if (Directory.Exists(WorkFolder)) Directory.Delete(WorkFolder, recursive: true);
    }

    public void Dispose() => gate.Dispose();
}
