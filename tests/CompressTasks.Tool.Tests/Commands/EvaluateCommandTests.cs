namespace CompressTasks.Tool.Tests.Commands;

public sealed class EvaluateCommandTests : IDisposable
{
    readonly TemporaryModel folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("256")]
    [InlineData("3")]
    public async Task Accuracy_is_the_share_of_right_answers(string batch)
    {
        // Scores are the inputs themselves; the labels are right for three of four samples.
        var data = TemporaryData.Write(folder, "data", [9, 1, 2, 8, 7, 3, 4, 6], [4, 2], [0, 1, 1, 1]);

        var run = await ToolRun.Of("evaluate", folder.Scores("model.onnx", inputs: 2), "--data", data, "--batch", batch, "--json", "-v", "q");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("accuracy", run.Json.GetProperty("metric").GetString());
        Assert.Equal(0.75, run.Json.GetProperty("value").GetDouble());
        Assert.Equal(4, run.Json.GetProperty("samples").GetInt32());
        Assert.Equal(Math.Sqrt(0.75 * 0.25 / 4), run.Json.GetProperty("standardError").GetDouble(), 12);
    }

    [Fact]
    public async Task Preprocessing_reaches_the_model()
    {
        // Without the mean the first output always wins; with it the second one does.
        var data = TemporaryData.Write(folder, "data", [9, 8, 9, 8], [2, 2, 1, 1], [1, 1]);
        var model = folder.Scores("model.onnx", inputs: 2);

        var plain = await ToolRun.Of("evaluate", model, "--data", data, "--json");
        var centred = await ToolRun.Of("evaluate", model, "--data", data, "--json", "--mean", "4,0", "--std", "2,1");

        Assert.Equal(0, plain.Json.GetProperty("value").GetDouble());
        Assert.Equal(1, centred.Json.GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task Text_says_value_error_and_samples()
    {
        var data = TemporaryData.Write(folder, "data", [9, 1, 2, 8], [2, 2], [0, 1]);

        var run = await ToolRun.Of("evaluate", folder.Scores("model.onnx", inputs: 2), "--data", data);

        Assert.Matches(@"Accuracy +100\.00 % +\+- 0\.00 % standard error\nMacro F1 +100\.00 %\nSamples +2\n", run.Out);
    }

    [Theory]
    [InlineData("CMP0403", new float[] { 1, 2, 3, 4, 5, 6 }, new[] { 2, 3 }, new long[] { 0, 1 })]
    [InlineData("CMP0404", new float[] { 1, 2, 3, 4 }, new[] { 2, 2 }, new long[] { 0, 2 })]
    public async Task Data_that_does_not_fit_the_model_is_refused(string code, float[] samples, int[] shape, long[] labels)
    {
        var run = await ToolRun.Of("evaluate", folder.Scores("model.onnx", inputs: 2), "--data", TemporaryData.Write(folder, "data", samples, shape, labels), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("--mean", "a,b")]
    [InlineData("--std", "0")]
    public async Task Preprocessing_that_is_no_numbers_is_bad_usage(string option, string value)
    {
        var data = TemporaryData.Write(folder, "data", [9, 1, 2, 8], [2, 2], [0, 1]);

        Assert.Equal(2, (await ToolRun.Of("evaluate", folder.Scores("model.onnx", inputs: 2), "--data", data, option, value)).ExitCode);
    }
}
