using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Tool.CommandLine;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class RunCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();
    readonly TemporaryCache cache;

    public RunCommandTests() => cache = new TemporaryCache(folder.PathOf("cache"));

    public void Dispose()
    {
        cache.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_json_is_the_content_of_the_report()
    {
        var run = await Run(folder.Convolution("net.onnx", channels: 8), "--max-macs", "50%", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(await File.ReadAllTextAsync(folder.PathOf("out/report.json")), run.Out.TrimEnd('\n'));
        Assert.Equal((8 * 586, 4 * 586), (run.Json.GetProperty("before").GetProperty("macs").GetInt64(), run.Json.GetProperty("after").GetProperty("macs").GetInt64()));
        Assert.True(run.Json.GetProperty("budgetsMet").GetBoolean());
        Assert.True(run.Json.GetProperty("budgets")[0].GetProperty("met").GetBoolean());
    }

    [Fact]
    public async Task People_get_the_comparison_the_budgets_and_the_place()
    {
        var run = await Run(folder.Convolution("net.onnx", channels: 8), "--max-macs", "50%", "--max-size", "2KB");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"MaxMacs +50% +2\.34 k +2\.34 k +yes", run.Out);
        Assert.Matches(@"MaxSize +2KB +2\.00 KB +[\d.]+ K?B +yes", run.Out);
        Assert.Contains($"Written to {folder.PathOf("out")}.", run.Out, StringComparison.Ordinal);
        Assert.Equal(["net.onnx", "report.json", "report.md"], Directory.EnumerateFiles(folder.PathOf("out")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_missed_budget_is_exit_code_3_and_says_where_the_nearest_candidate_is()
    {
        var run = await Run(folder.Convolution("net.onnx", channels: 8), "--max-macs", "1%", "--json");

        Assert.Equal(3, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal("CMP0203", error.GetProperty("code").GetString());
        Assert.Contains("above the limit", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains(folder.PathOf("out/nearest"), error.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(folder.PathOf("out")));
        Assert.True(File.Exists(folder.PathOf("out/nearest/net.onnx")));
    }

    [Theory]
    [InlineData(2, "CMP0101")]
    [InlineData(2, "CMP0201", "--max-size", "12 parsecs")]
    [InlineData(2, "CMP0204", "--max-accuracy-drop", "1%")]
    [InlineData(2, "CMP0110", "--max-macs", "50%", "--recipe", "no-such.json")]
    [InlineData(1, "CMP0001", "--max-macs", "50%", "--teacher", "no-such.onnx")]
    [InlineData(1, "CMP0401", "--max-macs", "50%", "--validate", "no-such.npz")]
    public async Task A_mistake_is_one_error_and_nothing_is_written(int exitCode, string code, params string[] arguments)
    {
        var run = await Run(folder.Convolution("net.onnx", channels: 8), ["--json", .. arguments]);

        AssertError(exitCode, code, run);
    }

    [Fact]
    public async Task A_file_that_is_missing_or_no_model_is_an_error()
    {
        AssertError(1, "CMP0001", await Run(folder.PathOf("none.onnx"), "--max-macs", "50%", "--json"));
        await File.WriteAllTextAsync(folder.PathOf("text.onnx"), "not a model");
        AssertError(1, "CMP0002", await Run(folder.PathOf("text.onnx"), "--max-macs", "50%", "--json"));
    }

    [Fact]
    public async Task Data_of_the_wrong_shape_and_labels_out_of_range_are_errors()
    {
        var model = folder.Convolution("net.onnx", channels: 8);
        var narrow = TemporaryData.Write(folder, "narrow", new float[4 * 49], [4, 1, 7, 7], [0, 1, 2, 3]);
        var wrong = TemporaryData.Write(folder, "wrong", new float[4 * 64], [4, 1, 8, 8], [0, 1, 2, 10]);

        AssertError(1, "CMP0403", await Run(model, "--max-macs", "50%", "--train", narrow, "--json"));
        AssertError(1, "CMP0404", await Run(model, "--max-macs", "50%", "--train", wrong, "--json"));
        AssertError(1, "CMP0404", await Run(model, "--max-macs", "50%", "--validate", wrong, "--json"));
    }

    [Fact]
    public async Task A_model_that_no_gradient_passes_is_pruned_and_the_operator_is_named()
    {
        var builder = new ModelBuilder();
        var inner = builder.Relu(builder.Conv(builder.Input("input", "N", 1, 8, 8), 16, 3, padding: 1, name: "inner"));
        var hidden = builder.Relu(builder.Conv(inner, 4, 3, padding: 1, name: "conv"));
        var model = builder.Build(builder.Node("Det", [hidden], null, "determinant"));
        model.Graph.Output[0].Type = Shape(4);
        model.Write(folder.PathOf("net.onnx"));
        var data = TemporaryData.Write(folder, "train", new float[8 * 64], [8, 1, 8, 8], [0, 1, 2, 3, 0, 1, 2, 3]);

        var run = await Run(folder.PathOf("net.onnx"), "--max-macs", "50%", "--train", data, "--json");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("Det", run.Json.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains(run.Json.GetProperty("layers").EnumerateArray(), layer => layer.GetProperty("name").GetString() == "inner" && layer.GetProperty("after").GetInt32() < 16);
    }

    [Fact]
    public async Task The_originals_own_folder_is_refused_and_so_is_one_that_cannot_be_made()
    {
        var model = folder.Convolution("net.onnx", channels: 8);
        var before = await File.ReadAllBytesAsync(model);

        AssertError(2, "CMP0101", await ToolRun.Of("run", model, "--max-macs", "50%", "-o", folder.PathOf(""), "--json"));
        AssertError(1, "CMP0008", await ToolRun.Of("run", model, "--max-macs", "50%", "-o", Path.Combine(model, "out"), "--json"));

        Assert.Equal(before, await File.ReadAllBytesAsync(model));
    }

    static TypeProto Shape(long width) => new()
    {
        TensorType = new TypeProto.Types.Tensor
        {
            ElemType = (int)TensorProto.Types.DataType.Float,
            Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "N" }, new TensorShapeProto.Types.Dimension { DimValue = width } } },
        },
    };

    void AssertError(int exitCode, string code, ToolRun run)
    {
        Assert.Equal((exitCode, code), (run.ExitCode, run.Json.GetProperty("error").GetProperty("code").GetString()));
        Assert.False(Directory.Exists(folder.PathOf("out")));
    }

    Task<ToolRun> Run(string model, params string[] arguments) => ToolRun.Of(["run", model, "-o", folder.PathOf("out"), .. arguments]);
}
