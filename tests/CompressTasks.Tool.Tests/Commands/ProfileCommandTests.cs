using System.Text.Json;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class ProfileCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Json_is_one_object_with_counts_as_computed_by_hand()
    {
        var run = await ToolRun.Of("profile", folder.Convolution("net.onnx", channels: 4), "--json", "--runs", "5", "-v", "quiet");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var json = run.Json;
        // 8 x 8 outputs x 4 channels x 9 taps, and 4 x 10 for the classifier.
        Assert.Equal((64 * 4 * 9) + 40, json.GetProperty("macs").GetInt64());
        Assert.Equal(2 * ((64 * 4 * 9) + 40), json.GetProperty("flops").GetInt64());
        Assert.Equal((4 * 9) + 4 + 40 + 10, json.GetProperty("parameters").GetInt64());
        Assert.Equal(new FileInfo(folder.PathOf("net.onnx")).Length, json.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(5, json.GetProperty("latency").GetProperty("runs").GetInt32());
        Assert.Equal([1L, 1, 8, 8], json.GetProperty("inputs").GetProperty("input").EnumerateArray().Select(length => length.GetInt64()));
        Assert.All(json.GetProperty("layers").EnumerateArray(), layer => Assert.Equal(JsonValueKind.Number, layer.GetProperty("latencyMs").ValueKind));
    }

    [Fact]
    public async Task The_shape_of_the_json_is_as_it_was()
    {
        var json = (await ToolRun.Of("profile", folder.Convolution("net.onnx", channels: 4), "--json", "--runs", "5", "-v", "quiet")).Json;

        var names = string.Join('\n', Names(json, ""));
        Snapshots.Match(names);

        static IEnumerable<string> Names(JsonElement element, string path) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Names(property.Value, $"{path}.{property.Name}")),
            JsonValueKind.Array => Names(element[0], path + "[]"),
            _ => [$"{path}: {element.ValueKind}"],
        };
    }

    [Fact]
    public async Task Shapes_scale_the_counts()
    {
        var model = folder.Convolution("net.onnx", channels: 4);

        var one = await ToolRun.Of("profile", model, "--json", "--runs", "2");
        var eight = await ToolRun.Of("profile", model, "--json", "--runs", "2", "--shape", "input=8x1x8x8");

        Assert.Equal(8 * one.Json.GetProperty("macs").GetInt64(), eight.Json.GetProperty("macs").GetInt64());
    }

    [Fact]
    public async Task Two_models_are_compared_in_one_table()
    {
        var run = await ToolRun.Of("profile", folder.Convolution("a.onnx", channels: 8), "--compare", folder.Convolution("b.onnx", channels: 4), "--runs", "5");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("B / A", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"MACs +4\.69 k +2\.34 k +50\.0 %", run.Out);
        Assert.Contains("5 runs of each model in turn, CPU, 1 thread.", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_are_listed_on_request_and_progress_goes_to_stderr()
    {
        var run = await ToolRun.Of("profile", folder.Convolution("net.onnx", channels: 4), "--runs", "5", "--layers");

        Assert.Matches(@"conv +Conv +40 +2\.30 k", run.Out);
        Assert.Contains("Profile: measuring latency", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("measuring", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_terminal_the_table_is_drawn_and_the_progress_line_is_erased()
    {
        var terminal = new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null, IsOutTerminal = true, IsErrorTerminal = true, Width = 80 };

        var run = await ToolRun.Of(terminal, default, "profile", folder.Convolution("net.onnx", channels: 4), "--runs", "5");

        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith("\r\e[K", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[3", run.Out, StringComparison.Ordinal);
        Assert.All(run.Out.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Theory]
    [InlineData("CMP0001", 1, "no-such-model.onnx")]
    [InlineData("CMP0308", 2, "no-such-model.onnx", "--shape", "input=12 parsecs")]
    [InlineData("CMP0101", 2, "no-such-model.onnx", "--shape", "x=1", "--shape", "x=2")]
    public async Task Errors_have_their_code_and_exit_code_in_text_and_in_json(string code, int exitCode, params string[] arguments)
    {
        var text = await ToolRun.Of(["profile", .. arguments]);
        var json = await ToolRun.Of(["profile", "--json", .. arguments]);

        Assert.Equal((exitCode, ""), (text.ExitCode, text.Out));
        Assert.Contains($"error {code}: ", text.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, json.ExitCode);
        var error = json.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(["code", "message", "file", "hint"], error.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task A_file_that_is_no_model_is_refused()
    {
        await File.WriteAllTextAsync(folder.PathOf("text.onnx"), "not a model");

        var run = await ToolRun.Of("profile", folder.PathOf("text.onnx"), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("CMP0002", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Cancellation_is_exit_code_130()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        var run = await ToolRun.Of(new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null }, cancelled.Token, "profile", folder.Convolution("net.onnx", channels: 4));

        Assert.Equal(130, run.ExitCode);
    }
}
