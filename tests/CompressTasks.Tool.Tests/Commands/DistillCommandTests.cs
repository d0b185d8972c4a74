using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class DistillCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();
    readonly TemporaryCache cache;
    readonly string data;

    public DistillCommandTests()
    {
        cache = new TemporaryCache(folder.PathOf("cache"));
        data = TemporaryData.TwoClasses(folder, "train", samples: 128, seed: 1);
    }

    public void Dispose()
    {
        cache.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_student_learns_from_a_teacher_without_labels()
    {
        var student = folder.Convolution("student.onnx", channels: 8);
        var samples = data.Split(';')[0];

        var run = await Distil("taught.onnx", "--student", student, "--train", samples + "?labels=none", "--validate", samples + "?labels=none", "--json", folder.Convolution("teacher.onnx", channels: 12));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(1, run.Json.GetProperty("teachers").GetArrayLength());
        Assert.Equal("float32", run.Json.GetProperty("precision").GetString());
        var losses = run.Json.GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("validation").GetDouble()).ToArray();
        Assert.True(losses[^1] < losses[0]);
        Assert.Equal(new FileInfo(folder.PathOf("taught.onnx")).Length, run.Json.GetProperty("sizeBytes").GetInt64());
        Assert.False(File.Exists(folder.PathOf("taught.onnx.checkpoint")));
        Assert.Single(Directory.GetFiles(folder.PathOf("cache/answers"), "*.answers"));
    }

    [Fact]
    public async Task Several_teachers_and_features_write_the_same_bytes_twice_and_fresh_weights_come_from_the_seed()
    {
        string[] common = ["--student", folder.Convolution("student.onnx", channels: 4), "--train", data, folder.Convolution("a.onnx", channels: 6), folder.Convolution("b.onnx", channels: 8)];
        string[] options = ["--temperature", "2", "--alpha", "0.5", "--alpha-end", "1", "--method", "decoupled", "--teachers", "weighted", "--teacher-weights", "2,1", "--features", "auto", "--features", "active,active,attention,0.5"];

        Assert.Equal(0, (await Distil("1.onnx", [.. common, .. options])).ExitCode);
        await Distil("2.onnx", [.. common, .. options, "--teacher-runtime", "onnx-runtime"]);
        await Distil("3.onnx", [.. common, .. options, "--fresh"]);
        await Distil("4.onnx", [.. common, .. options, "--fresh", "--seed", "2"]);

        byte[][] bytes = [.. Enumerable.Range(1, 4).Select(number => File.ReadAllBytes(folder.PathOf($"{number}.onnx")))];
        Assert.Equal(bytes[0], bytes[1]);
        Assert.NotEqual(bytes[0], bytes[2]);
        Assert.NotEqual(bytes[2], bytes[3]);
    }

    [Fact]
    public async Task Students_learn_from_each_other_and_one_from_an_earlier_checkpoint()
    {
        var student = folder.Convolution("student.onnx", channels: 4);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await ToolRun.Of(
            new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null }, cancelled.Token, "train", student, "--train", data, "-o", folder.PathOf("half.onnx"));

        Assert.Equal(0, (await Distil("mutual.onnx", "--mutual", "--student", student, "--train", data)).ExitCode);
        Assert.Equal(0, (await Distil("taught.onnx", "--student", student, "--train", data, folder.PathOf("half.onnx.checkpoint"))).ExitCode);
        Assert.Equal("CMP0502", (await Distil("other.onnx", "--json", "--student", folder.Convolution("wide.onnx", channels: 8), "--train", data, folder.PathOf("half.onnx.checkpoint"))).Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task With_another_number_of_threads_it_begins_anew_as_other_commands_do_and_leaves_no_state()
    {
        string[] common = ["distill", folder.Convolution("teacher.onnx", channels: 6), "--student", folder.Convolution("student.onnx", channels: 4), "--train", data, "--batch-size", "32", "--epochs", "2", "--augment", "flip"];
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await ToolRun.Of(new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null }, cancelled.Token, [.. common, "--threads", "1", "-o", folder.PathOf("moved.onnx")]);
        Assert.True(File.Exists(folder.PathOf("moved.onnx.checkpoint")));

        var moved = await ToolRun.Of([.. common, "--threads", "2", "-o", folder.PathOf("moved.onnx")]);
        await ToolRun.Of([.. common, "--threads", "2", "-o", folder.PathOf("whole.onnx")]);

        Assert.True(moved.ExitCode == 0, moved.Error);
        Assert.Contains("begins anew with 2", moved.Error, StringComparison.Ordinal);
        Assert.Equal(await File.ReadAllBytesAsync(folder.PathOf("whole.onnx")), await File.ReadAllBytesAsync(folder.PathOf("moved.onnx")));
        Assert.Empty(Directory.GetFiles(folder.PathOf("."), "*.checkpoint"));
    }

    [Theory]
    [InlineData("CMP0101")]
    [InlineData("CMP0101", "t.onnx", "--features", "a,b,c")]
    [InlineData("CMP0101", "t.onnx", "--method", "hints")]
    [InlineData("CMP0101", "t.onnx", "--teachers", "weighted", "--teacher-weights", "1,x")]
    [InlineData("CMP0120", "t.onnx", "--peers", "2")]
    [InlineData("CMP0120", "t.onnx", "--target-weight", "2")]
    [InlineData("CMP0120", "t.onnx", "--non-target-weight", "1")]
    [InlineData("CMP0120", "t.onnx", "--plateau-factor", "0.5")]
    [InlineData("CMP0120", "t.onnx", "--plateau-patience", "4")]
    [InlineData("CMP0120", "t.onnx", "--optimizer", "adamw", "--momentum", "0.5")]
    [InlineData("CMP0101", "t.checkpoint", "--checkpoint", "t.checkpoint")]
    [InlineData("CMP0120", "t.onnx", "--gradient-clip", "Infinity")]
    [InlineData("CMP0120", "t.onnx", "--temperature", "0")]
    [InlineData("CMP0120", "t.onnx", "--teachers", "weighted")]
    [InlineData("CMP0120", "t.onnx", "--teachers", "one-per-batch")]
    public async Task Bad_usage_ends_before_anything_is_read(string code, params string[] arguments)
    {
        var run = await ToolRun.Of(["distill", "--student", "s.onnx", "--train", "none.npz", "-o", folder.PathOf("net.onnx"), "--json", .. arguments]);

        Assert.Equal((2, code), (run.ExitCode, run.Json.GetProperty("error").GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_student_that_is_to_be_derived_is_referred_to_the_command_that_does_so()
    {
        var run = await Distil("net.onnx", "big.onnx", "--student", "auto", "--train", "none.npz", "--json");

        Assert.Equal((2, "CMP0101"), (run.ExitCode, run.Json.GetProperty("error").GetProperty("code").GetString()));
        Assert.Contains("compress run big.onnx --student auto --max-macs", run.Json.GetProperty("error").GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("net.onnx")]
    [InlineData("net.onnx.checkpoint")]
    public async Task A_teacher_is_not_overwritten(string teacher)
    {
        var run = await Distil("net.onnx", folder.PathOf(teacher), "--student", "s.onnx", "--train", "none.npz", "--json");

        Assert.Equal("CMP0101", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Names_of_values_may_be_numbers()
    {
        var run = await Distil("net.onnx", folder.Convolution("teacher.onnx", channels: 6), "--student", folder.Convolution("student.onnx", channels: 4), "--train", data, "--features", "125,87", "--json");

        Assert.Contains("no value '125'", run.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    Task<ToolRun> Distil(string output, params string[] arguments) =>
        ToolRun.Of(["distill", "-o", folder.PathOf(output), "--threads", "1", "--batch-size", "32", "--epochs", "2", .. arguments]);
}
