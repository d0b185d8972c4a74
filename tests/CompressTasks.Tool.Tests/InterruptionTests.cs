using System.Diagnostics;
using CompressTasks.Onnx;

namespace CompressTasks.Tool.Tests;

/// <summary>The <c>run</c> command as a process of its own: killed, and on a machine without libtorch.</summary>
public sealed class InterruptionTests : IDisposable
{
    readonly TemporaryModel folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_killed_run_leaves_nothing_half_written_and_goes_on_to_the_same_bytes()
    {
        var network = new ModelBuilder(seed: 4);
        var hidden = network.Relu(network.Conv(network.Input("image", "N", 1, 8, 8), 12, 3, padding: 1));
        network.Build(network.Gemm(network.Flatten(hidden), 2)).Write(folder.PathOf("net.onnx"));
        var data = TemporaryData.TwoClasses(folder, "train", samples: 1024, seed: 1);
        await File.WriteAllTextAsync(folder.PathOf("recipe.json"), """
            { "baseline": false, "stages": [ { "stage": "prune" }, { "stage": "distill", "training": { "epochs": 20, "batchSize": 16, "learningRate": 0.01 } } ] }
            """);
        string[] arguments = ["run", folder.PathOf("net.onnx"), "--train", data, "--recipe", folder.PathOf("recipe.json"), "--max-macs", "50%", "--threads", "1"];

        using (var killed = Start("interrupted", null, [.. arguments, "-o", folder.PathOf("out")]))
        {
            while (!Work().Any(name => name.EndsWith(".checkpoint", StringComparison.Ordinal)))
            {
                Assert.False(killed.HasExited, "the run ended before it could be killed");
                await Task.Delay(20);
            }

            killed.Kill(entireProcessTree: true);
            await killed.WaitForExitAsync();
        }

        Assert.False(Directory.Exists(folder.PathOf("out")));
        Assert.False(Directory.Exists(folder.PathOf("interrupted/results")));
        var (resumed, said) = await Finish("interrupted", null, [.. arguments, "-o", folder.PathOf("out"), "-v", "detailed"]);
        var (whole, _) = await Finish("whole", null, [.. arguments, "-o", folder.PathOf("whole-out")]);

        Assert.Equal((0, 0), (resumed, whole));
        Assert.Contains("1 of 2 stages are done", said, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 1:", said, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(folder.PathOf("whole-out/net.onnx")), await File.ReadAllBytesAsync(folder.PathOf("out/net.onnx")));
        Assert.Empty(Work());
    }

    [Fact]
    public async Task A_run_without_data_needs_no_libtorch()
    {
        var nowhere = Directory.CreateDirectory(folder.PathOf("nowhere")).FullName;
        var model = folder.Convolution("net.onnx", channels: 8);

        var (code, said) = await Finish("cache", nowhere, ["run", model, "--max-macs", "50%", "-o", folder.PathOf("out")]);
        Assert.True(code == 0, said);
        Assert.True(File.Exists(folder.PathOf("out/net.onnx")));

        var (withData, error) = await Finish("cache", nowhere, ["run", model, "--max-macs", "50%", "--train", "data.npz", "-o", folder.PathOf("other")]);
        Assert.Equal(1, withData);
        Assert.Contains("CMP0301", error, StringComparison.Ordinal);
    }

    IEnumerable<string> Work() => Directory.Exists(folder.PathOf("interrupted/work")) ? Directory.EnumerateFiles(folder.PathOf("interrupted/work"), "*", SearchOption.AllDirectories) : [];

    async Task<(int Code, string Error)> Finish(string cache, string? libtorch, string[] arguments)
    {
        using var process = Start(cache, libtorch, arguments);
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await error);
    }

    Process Start(string cache, string? libtorch, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "dotnet-compress.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["COMPRESSTASKS_CACHE"] = folder.PathOf(cache) },
        };
        if (libtorch is not null) start.Environment["COMPRESSTASKS_LIBTORCH"] = libtorch;
        return Process.Start(start)!;
    }
}
