using System.Globalization;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_new_network_learns_and_the_reported_accuracy_is_that_of_the_written_file()
    {
        var validation = TemporaryData.TwoClasses(folder, "valid", samples: 64, seed: 2);

        var run = await Train("net.onnx", "--validate", validation, "--network", "lenet-300-100", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(1.0, run.Json.GetProperty("validation").GetProperty("value").GetDouble());
        Assert.Equal(new FileInfo(folder.PathOf("net.onnx")).Length, run.Json.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(3, run.Json.GetProperty("epochs").GetArrayLength());
        Assert.False(File.Exists(folder.PathOf("net.onnx.checkpoint")));
        var evaluated = await ToolRun.Of("evaluate", folder.PathOf("net.onnx"), "--data", validation, "--json");
        Assert.Equal(1.0, evaluated.Json.GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task The_same_seed_writes_the_same_bytes_and_another_one_does_not()
    {
        await Train("a.onnx", "--network", "lenet-300-100", "--epochs", "1");
        await Train("b.onnx", "--network", "lenet-300-100", "--epochs", "1");
        await Train("c.onnx", "--network", "lenet-300-100", "--epochs", "1", "--seed", "2");

        Assert.Equal(await File.ReadAllBytesAsync(folder.PathOf("a.onnx")), await File.ReadAllBytesAsync(folder.PathOf("b.onnx")));
        Assert.NotEqual(await File.ReadAllBytesAsync(folder.PathOf("a.onnx")), await File.ReadAllBytesAsync(folder.PathOf("c.onnx")));
    }

    [Fact]
    public async Task A_given_model_is_trained_further()
    {
        var run = await Train("better.onnx", folder.Convolution("net.onnx", channels: 4), "--augment", "flip,shift=1", "--optimizer", "adamw", "--schedule", "one-cycle", "--learning-rate", "0.01");

        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"better\.onnx  [\d.]+ B, [\d,]+ samples/s", run.Out);
        Assert.NotEqual(await File.ReadAllBytesAsync(folder.PathOf("net.onnx")), await File.ReadAllBytesAsync(folder.PathOf("better.onnx")));
    }

    [Fact]
    public async Task Every_way_of_training_has_its_option()
    {
        var validation = TemporaryData.TwoClasses(folder, "valid", samples: 64, seed: 2);

        var run = await Train(
            "net.onnx", "--validate", validation, "--network", "resnet-8", "--width", "4", "--accumulation", "2", "--averaging", "ema=0.9", "--schedule", "plateau", "--plateau-factor", "0.5",
            "--plateau-patience", "1", "--freeze", "conv1*", "--precision", "bfloat16", "--loss", "binary-cross-entropy", "--gradient-clip", "5", "--early-stopping", "2",
            "--epochs", "8", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("bfloat16", run.Json.GetProperty("precision").GetString());
        // Validation was right from some epoch on, and two more did not better it.
        Assert.True(run.Json.GetProperty("stoppedEarly").GetBoolean());
        Assert.Equal(1.0, run.Json.GetProperty("validation").GetProperty("value").GetDouble());
        Assert.True(run.Json.GetProperty("epochs").EnumerateArray().Last().GetProperty("learningRate").GetDouble() < 0.05);
    }

    [Fact]
    public async Task A_folder_of_images_trains_and_the_model_says_what_was_done_to_them()
    {
        var images = TemporaryData.TwoClassesOfImages(folder, "images", perClass: 40);

        var run = await ToolRun.Of(
            "train", "--network", "lenet-300-100", "--train", images + "?split=0.8&part=train&channels=1", "--validate", images + "?split=0.8&part=valid&channels=1",
            "--resize", "8x8", "--mean", "0.5", "--augment", "shift=1,rotation=5,brightness=0.1,mixup=0.2,cutmix=1", "--epochs", "4", "--batch-size", "16", "-o", folder.PathOf("net.onnx"), "--json");

        Assert.Equal((0, 1.0), (run.ExitCode, run.Json.GetProperty("validation").GetProperty("value").GetDouble()));
        Assert.Equal(16, run.Json.GetProperty("validation").GetProperty("samples").GetInt32());
        var metadata = Onnx.OnnxModel.Read(folder.PathOf("net.onnx")).Proto.MetadataProps.ToDictionary(property => property.Key, property => property.Value);
        Assert.Equal("{\"scale\":0.003921569,\"mean\":[0.5],\"resize\":[8,8]}", metadata["compresstasks.preprocessing"]);
        Assert.Equal("[\"left\",\"right\"]", metadata["compresstasks.classes"]);
        var evaluated = await ToolRun.Of("evaluate", folder.PathOf("net.onnx"), "--data", images, "--resize", "8x8", "--mean", "0.5", "--json");
        Assert.Equal(1.0, evaluated.Json.GetProperty("value").GetDouble());
    }

    [Theory]
    [InlineData("--resize", "8y8")]
    [InlineData("--crop", "8")]
    [InlineData("--layout", "chw")]
    [InlineData("--augment", "mixup=x")]
    public async Task Options_for_images_that_are_not_understood_are_bad_usage(string option, string value)
    {
        var data = TemporaryData.TwoClasses(folder, "train", samples: 4, seed: 1);

        Assert.Equal(2, (await ToolRun.Of("train", "--network", "lenet-5", "--train", data, "-o", folder.PathOf("net.onnx"), option, value)).ExitCode);
    }

    [Fact]
    public async Task A_cancelled_run_leaves_a_checkpoint_and_no_model()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var data = TemporaryData.TwoClasses(folder, "train", samples: 256, seed: 1);

        var run = await ToolRun.Of(
            new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null }, cancelled.Token, "train", "--network", "lenet-300-100", "--train", data, "-o", folder.PathOf("net.onnx"), "--json");

        Assert.Equal(130, run.ExitCode);
        Assert.False(File.Exists(folder.PathOf("net.onnx")));
        Assert.True(File.Exists(folder.PathOf("net.onnx.checkpoint")));
    }

    [Theory]
    [InlineData("CMP0101", "--augment", "spin")]
    [InlineData("CMP0101", "--network", "alexnet")]
    [InlineData("CMP0101", "model.onnx", "--network", "lenet-5")]
    [InlineData("CMP0101", "--schedule", "sometimes")]
    [InlineData("CMP0101", "--network", "lenet-5", "--averaging", "ema=x")]
    [InlineData("CMP0101", "--network", "lenet-5", "--loss", "hinge")]
    [InlineData("CMP0120", "--network", "lenet-5", "--averaging", "swa=99")]
    [InlineData("CMP0120", "--network", "lenet-5", "--precision", "float16")]
    [InlineData("CMP0120", "--network", "lenet-5", "--learning-rate", "-1")]
    public async Task Bad_usage_ends_before_anything_is_read_or_written(string code, params string[] arguments)
    {
        var run = await ToolRun.Of(["train", "--train", "no-such-data.npz", "-o", folder.PathOf("net.onnx"), "--json", .. arguments]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    Task<ToolRun> Train(string output, params string[] arguments)
    {
        var data = TemporaryData.TwoClasses(folder, "train", samples: 256, seed: 1);
        string[] common = ["train", "--train", data, "-o", folder.PathOf(output), "--threads", "1", "--batch-size", 32.ToString(CultureInfo.InvariantCulture)];
        return ToolRun.Of(arguments.Contains("--epochs") ? [.. common, .. arguments] : [.. common, "--epochs", "3", .. arguments]);
    }
}
