using System.Diagnostics;
using CompressTasks.Tool.Worker;

namespace CompressTasks.Tool.Tests.Worker;

public sealed class ParentWatchTests
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Cancels_when_the_build_that_asked_is_gone()
    {
        using var build = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        using var watch = new ParentWatch(build.Id);
        await Cancelled(watch.Token).WaitAsync(Limit);
        Assert.True(build.HasExited);
    }

    [Fact]
    public async Task Does_nothing_while_the_build_lives()
    {
        using var watch = new ParentWatch(Environment.ProcessId);
        await Task.Delay(200);
        Assert.False(watch.Token.IsCancellationRequested);
    }

    static Task Cancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource();
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }
}
