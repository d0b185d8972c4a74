using CompressTasks.Training;

namespace CompressTasks.Tool.Tests;

/// <summary>Lets the command keep its cache in a test's folder, as long as it lives. Tests do not run side by side, so the process's variable will do.</summary>
sealed class TemporaryCache : IDisposable
{
    readonly string? before = Environment.GetEnvironmentVariable(CacheFolder.Variable);

    public TemporaryCache(string folder) => Environment.SetEnvironmentVariable(CacheFolder.Variable, folder);

    public void Dispose() => Environment.SetEnvironmentVariable(CacheFolder.Variable, before);
}
