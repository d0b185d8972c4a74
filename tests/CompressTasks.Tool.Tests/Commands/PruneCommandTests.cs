using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class PruneCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();
    readonly TemporaryCache cache;

    public PruneCommandTests() => cache = new TemporaryCache(folder.PathOf("cache"));

    public void Dispose()
    {
        cache.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_json_has_before_after_asked_achieved_and_layers()
    {
        var run = await ToolRun.Of("prune", folder.Convolution("net.onnx", channels: 8), "--max-macs", "50%", "--max-size", "90%", "-o", folder.PathOf("small.onnx"), "--json");

        Assert.Equal(0, run.ExitCode);
        var (before, after) = (run.Json.GetProperty("before"), run.Json.GetProperty("after"));
        foreach (var name in (string[])["sizeBytes", "parameters", "buffers", "macs", "flops", "inputs", "latency"]) Assert.True(after.TryGetProperty(name, out _), name);
        // 3 x 3 convolution over 8 x 8 images and a Gemm to ten classes: 576 + 10 multiply-accumulates per channel.
        Assert.Equal((8 * 586, 4 * 586), (before.GetProperty("macs").GetInt64(), after.GetProperty("macs").GetInt64()));
        Assert.Equal((0.5 * 8 * 586, 4 * 586), (run.Json.GetProperty("asked").GetProperty("MaxMacs").GetDouble(), run.Json.GetProperty("achieved").GetProperty("MaxMacs").GetInt64()));
        Assert.Equal(new FileInfo(folder.PathOf("small.onnx")).Length, run.Json.GetProperty("achieved").GetProperty("MaxSize").GetInt64());
        var layers = run.Json.GetProperty("layers").EnumerateArray().ToArray();
        Assert.Equal([("conv", 8, 4), ("classify", 10, 10)], layers.Select(layer => (layer.GetProperty("name").GetString()!, layer.GetProperty("before").GetInt32(), layer.GetProperty("after").GetInt32())));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, layers[0].GetProperty("reason").ValueKind);
        Assert.NotEmpty(layers[1].GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task The_list_names_all_that_recipes_and_options_know()
    {
        var (people, script) = (await ToolRun.Of("prune", "--list"), await ToolRun.Of("prune", "--list", "--json"));

        Assert.Equal((0, 0), (people.ExitCode, script.ExitCode));
        Assert.Matches(@"granularity +N:M +set to zero", people.Out);
        Assert.Matches(@"criterion +taylor +of channels, weights, layers; needs labelled data; Molchanov et al. 2019", people.Out);
        var names = script.Json.EnumerateArray().Select(method => method.GetProperty("name").GetString()).ToHashSet();
        Assert.Superset(Enum.GetValues<Criterion>().Select(PruneStageCheck.NameOf).ToHashSet<string?>(), names);
        Assert.Superset(Enum.GetValues<Distribution>().Select(PruneStageCheck.NameOf).ToHashSet<string?>(), names);
    }

    [Fact]
    public async Task People_get_the_layers_the_comparison_and_the_place()
    {
        var run = await ToolRun.Of("prune", folder.Convolution("net.onnx", channels: 8), "--max-parameters", "60%", "--criterion", "random", "-o", folder.PathOf("small.onnx"));

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"conv +Conv +8 +4", run.Out);
        Assert.Matches(@"MACs +4\.69 k +2\.34 k +50\.0 %", run.Out);
        Assert.Contains($"Written to {folder.PathOf("small.onnx")}.", run.Out, StringComparison.Ordinal);
        Assert.Equal(["cache", "net.onnx", "small.onnx"], Entries());
    }

    [Fact]
    public async Task A_model_may_be_replaced_by_its_cut()
    {
        var model = folder.Convolution("net.onnx", channels: 8);

        var run = await ToolRun.Of("prune", model, "--max-macs", "50%", "-o", model);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(4, OnnxModel.Read(model).Graph.Initializer.Single(tensor => tensor.Name == "filters").Dims[0]);
    }

    [Theory]
    [InlineData(3, "CMP0203", "--max-macs", "1%")]
    [InlineData(2, "CMP0201", "--max-macs", "12 parsecs")]
    [InlineData(2, "CMP0202", "--max-macs", "-5%")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--steps", "2")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--criterion", "taylor")]
    [InlineData(2, "CMP0101", "--max-memory", "50%")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--criterion", "movement")]
    [InlineData(2, "CMP0205", "--max-macs", "50%", "--granularity", "2:4")]
    [InlineData(2, "CMP0101", "--sparsity", "0.5", "--granularity", "2;4")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--cost-unit", "bytes")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--distribution", "sensitivity")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--epochs", "2")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--learning-rate", "0.1")]
    [InlineData(2, "CMP0101", "--sparsity", "0.5", "--granularity", "weight", "--regrowth", "gradient")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--criterion", "movement", "--epochs", "1", "--data", "x.npy", "--sparse-strength", "2")]
    [InlineData(2, "CMP0101", "--sparsity", "0.5", "--granularity", "weight", "--schedule", "cubic")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--data", "x.npy", "--epochs", "1", "--rewind", "0")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--samples", "64")]
    [InlineData(2, "CMP0101", "--max-macs", "50%", "--scale", "0.5")]
    [InlineData(1, "CMP0401", "--max-macs", "50%", "--data", "no-such.npz")]
    [InlineData(1, "CMP0006", "--max-macs", "50%", "--shape", "images=1x1x8x8")]
    public async Task A_mistake_is_one_error_and_nothing_is_written(int exitCode, string code, params string[] arguments)
    {
        var model = folder.Convolution("net.onnx", channels: 8);

        var run = await ToolRun.Of(["prune", model, "-o", folder.PathOf("small.onnx"), "--json", .. arguments]);

        Assert.Equal((exitCode, code), (run.ExitCode, run.Json.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(["net.onnx"], Entries().Where(name => name != "cache"));
    }

    /// <summary>What no recipe is needed for: gradual masks, topologies from scratch, lottery tickets, sparse learning, movement.</summary>
    [Theory]
    [InlineData("--granularity", "weight", "--sparsity", "0.9", "--schedule", "cubic", "--steps", "4", "--epochs", "2")]
    [InlineData("--granularity", "weight", "--sparsity", "0.9", "--regrowth", "splice", "--schedule", "cubic", "--steps", "4", "--epochs", "2")]
    [InlineData("--granularity", "weight", "--sparsity", "0.9", "--regrowth", "gradient", "--start", "scratch", "--criterion", "random", "--distribution", "erk", "--steps", "4", "--epochs", "2")]
    [InlineData("--granularity", "weight", "--sparsity", "0.9", "--schedule", "exponential", "--steps", "2", "--rewind", "0", "--epochs", "1")]
    [InlineData("--max-macs", "50%", "--sparse-learning", "2", "--sparse-strength", "1", "--schedule", "linear", "--steps", "2")]
    [InlineData("--max-macs", "50%", "--criterion", "movement", "--epochs", "1", "--learning-rate", "0.01")]
    public async Task Options_reach_what_trains_while_it_prunes(params string[] arguments)
    {
        var model = folder.Convolution("net.onnx", channels: 8);
        var data = TemporaryData.TwoClasses(folder, "data", samples: 64, seed: 1);

        var run = await ToolRun.Of(["prune", model, "--data", data, "-o", folder.PathOf("small.onnx"), "--threads", "1", "--json", .. arguments]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(new[] { "epoch", "samples/s" }, word => run.Error.Contains(word, StringComparison.Ordinal));
        var (before, after) = (run.Json.GetProperty("before"), run.Json.GetProperty("after"));
        if (arguments[0] == "--max-macs") Assert.InRange((double)after.GetProperty("macs").GetInt64() / before.GetProperty("macs").GetInt64(), 0.3, 0.5);
        else Assert.InRange((double)run.Json.GetProperty("sparsity").GetProperty("kept").GetInt64() / run.Json.GetProperty("sparsity").GetProperty("weights").GetInt64(), 0.05, 0.11);
    }

    [Fact]
    public async Task A_target_that_is_a_folder_or_lies_below_a_file_is_refused()
    {
        var model = folder.Convolution("net.onnx", channels: 8);
        Directory.CreateDirectory(folder.PathOf("taken"));

        foreach (var target in (string[])[folder.PathOf("taken"), Path.Combine(model, "small.onnx")])
        {
            var run = await ToolRun.Of("prune", model, "--max-macs", "50%", "-o", target, "--json");
            Assert.Equal((1, "CMP0008"), (run.ExitCode, run.Json.GetProperty("error").GetProperty("code").GetString()));
        }

        Assert.Equal(["cache", "net.onnx", "taken"], Entries());
    }

    [Fact]
    public async Task A_model_cut_short_anywhere_is_an_error_of_its_file_and_never_a_crash()
    {
        var whole = await File.ReadAllBytesAsync(folder.Convolution("net.onnx", channels: 2));
        var model = folder.PathOf("short.onnx");
        for (var length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(model, whole[..length]);
            var run = await ToolRun.Of("prune", model, "--max-macs", "50%", "-o", folder.PathOf("small.onnx"), "--json");
            Assert.Equal((length, 1), (length, run.ExitCode));
            Assert.Matches("^CMP000[2-7]$", run.Json.GetProperty("error").GetProperty("code").GetString());
        }

        Assert.Equal(["net.onnx", "short.onnx"], Entries().Where(name => name != "cache"));
    }

    IEnumerable<string> Entries() => Directory.EnumerateFileSystemEntries(folder.PathOf("")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
