namespace CompressTasks.Tool.Tests.Commands;

public sealed class SweepCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();
    readonly TemporaryCache cache;

    public SweepCommandTests() => cache = new TemporaryCache(folder.PathOf("cache"));

    public void Dispose()
    {
        cache.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("channel", "l2,random")]
    [InlineData("weight", "l1,random")]
    public async Task Every_criterion_has_a_row_for_every_degree(string granularity, string criteria)
    {
        var run = await Run("--granularity", granularity, "--criterion", criteria, "--sparsity", "0,0.5", "--epochs", "1");

        Assert.True(run.ExitCode == 0, run.Out);
        var points = run.Json.GetProperty("points");
        Assert.Equal(4, points.GetArrayLength());
        Assert.All(points.EnumerateArray(), point => Assert.True(point.TryGetProperty("afterRecovery", out _)));
        Assert.True(File.Exists(folder.PathOf("sweep/sweep.svg")));
    }

    [Theory]
    [InlineData("2:4", "l1", "0.8", "a sparsity of its own")]
    [InlineData("channel", "wanda", "0.5", "judges single weights")]
    [InlineData("layer", "lamp", "0.5", "does not judge blocks of layers")]
    public async Task What_cannot_be_made_is_refused_before_the_first_point(string granularity, string criterion, string sparsity, string said)
    {
        var run = await Run("--granularity", granularity, "--criterion", criterion, "--sparsity", sparsity);

        Assert.Equal("CMP0111", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains(said, run.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.PathOf("sweep")));
    }

    Task<ToolRun> Run(params string[] arguments)
    {
        var data = TemporaryData.Write(folder, "data", new float[8 * 64], [8, 1, 8, 8], [0, 1, 2, 3, 4, 5, 6, 7]);
        return ToolRun.Of(["sweep", folder.Convolution("net.onnx", channels: 8), "--train", data, "--validate", data, "-o", folder.PathOf("sweep"), "--json", .. arguments]);
    }
}
