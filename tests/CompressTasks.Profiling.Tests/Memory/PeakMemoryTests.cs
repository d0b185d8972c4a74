namespace CompressTasks.Profiling.Tests;

public sealed class PeakMemoryTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("compress-memory").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_peak_holds_the_weights_and_grows_with_them()
    {
        var small = PeakMemory.Measure(Written("small.onnx", layers: 1));
        var large = PeakMemory.Measure(Written("large.onnx", layers: 9));

        // Nine layers of 1024 x 1024 floats are 36 MiB; loading holds them at most a few times over.
        Assert.InRange(large, 36L << 20, 200L << 20);
        Assert.True(large - small > 30L << 20, $"{small} and {large}");
    }

    [Fact]
    public void A_larger_batch_takes_more_memory()
    {
        var model = Written("model.onnx", layers: 1);
        var options = new MemoryOptions { Shapes = new Dictionary<string, long[]> { ["x"] = [1024, 1024] } };

        // The input alone, 1024 x 1024 floats, is 4 MiB.
        Assert.True(PeakMemory.Measure(model, options) - PeakMemory.Measure(model) > 4L << 20);
    }

    [Fact]
    public void The_runtimes_own_message_comes_back_from_the_measuring_process()
    {
        var model = Path.Combine(folder, "unknown.onnx");
        SmallModels.UnknownOperator().Write(model);

        var error = Assert.Throws<ProfilingException>(() => PeakMemory.Measure(model));

        Assert.Equal("CMP0307", error.Code);
        Assert.Contains("NoSuchOperator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_ends_the_measuring_process()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PeakMemory.MeasureAsync(Written("model.onnx", layers: 9), cancellation: cancellation.Token));
    }

    string Written(string name, int layers)
    {
        var path = Path.Combine(folder, name);
        SmallModels.Dense(1024, layers).Write(path);
        return path;
    }
}
