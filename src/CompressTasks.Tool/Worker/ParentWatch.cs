using System.Diagnostics;

namespace CompressTasks.Tool.Worker;

/// <summary>Cancels when the build that asked for the work is gone: a killed MSBuild tells nobody.</summary>
sealed class ParentWatch : IDisposable
{
    /// <summary>Native code that does not look at the token must not keep the process alive.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    readonly CancellationTokenSource gone = new();
    readonly CancellationTokenSource stopped = new();

    public ParentWatch(int processId) => _ = WatchAsync(processId);

    public CancellationToken Token => gone.Token;

    public void Dispose() => stopped.Cancel();

    async Task WatchAsync(int processId)
    {
        try
        {
            using var parent = Process.GetProcessById(processId);
            await parent.WaitForExitAsync(stopped.Token).ConfigureAwait(false);
        }
        catch (ArgumentException)
        {
            // There is no such process any more.
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await gone.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.Delay(Grace, stopped.Token).ConfigureAwait(false);
            Environment.Exit(CommandLine.ExitCode.Cancelled);
        }
        catch (OperationCanceledException)
        {
            // The work ended by itself.
        }
    }
}
