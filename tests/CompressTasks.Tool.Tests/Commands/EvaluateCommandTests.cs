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

    [Fact]
    public async Task Classes_and_confusions_are_shown_written_and_in_json()
    {
        // Answers 0 0 1 for classes 0 1 1.
        var data = TemporaryData.Write(folder, "data", [9, 1, 8, 2, 1, 5], [3, 2], [0, 1, 1]);
        var model = folder.Scores("model.onnx", inputs: 2);
        var table = folder.PathOf("confusion.csv");

        var text = await ToolRun.Of("evaluate", model, "--data", data, "--confusion", table);
        var json = (await ToolRun.Of("evaluate", model, "--data", data, "--json")).Json;

        Assert.Matches(@"Class +Samples +Precision +Recall +F1\n0 +1 +50\.00 % +100\.00 % +66\.67 %\n1 +2 +100\.00 % +50\.00 % +66\.67 %\n", text.Out);
        Assert.Matches(@"Class +Taken for +Times\n1 +0 +1\n", text.Out);
        Assert.Equal("class,0,1\n0,1,0\n1,1,1\n", await File.ReadAllTextAsync(table));
        var unwritable = await ToolRun.Of("evaluate", model, "--data", data, "--confusion", Path.Combine(model, "below.csv"), "--json");
        Assert.Equal("CMP0008", unwritable.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("[1,0][1,1]", string.Concat(json.GetProperty("confusion").EnumerateArray().Select(row => $"[{string.Join(',', row.EnumerateArray())}]")));
        Assert.Equal([1, 0.5], json.GetProperty("classes").EnumerateArray().Select(one => one.GetProperty("recall").GetDouble()));
        Assert.Equal("macroF1", json.GetProperty("others")[0].GetProperty("metric").GetString());
    }

    [Fact]
    public async Task Several_labels_have_F1_and_no_confusions()
    {
        var data = TemporaryData.Write(folder, "data", [1, -1, 1, 1], [2, 2], [1, 0, 1, 0], labelShape: [2, 2]);
        var model = folder.Scores("model.onnx", inputs: 2);

        var json = (await ToolRun.Of("evaluate", model, "--data", data, "--json")).Json;
        var confusion = await ToolRun.Of("evaluate", model, "--data", data, "--confusion", folder.PathOf("no.csv"));

        Assert.Equal("f1", json.GetProperty("metric").GetString());
        Assert.Equal(0.8, json.GetProperty("value").GetDouble(), 12);
        Assert.Equal(2, confusion.ExitCode);
        Assert.False(File.Exists(folder.PathOf("no.csv")));
    }

    [Fact]
    public async Task Agreement_with_a_teacher_needs_no_labels()
    {
        var data = TemporaryData.Write(folder, "data", [1, 2, 3, 1], [2, 2], [0, 0]);
        var model = folder.Scores("model.onnx", inputs: 2);

        var labelled = await ToolRun.Of("evaluate", model, "--data", data, "--teacher", folder.Scores("teacher.onnx", inputs: 2));
        var json = (await ToolRun.Of("evaluate", model, "--data", data + "?labels=none", "--teacher", folder.PathOf("teacher.onnx"), "--json")).Json;

        Assert.Matches(@"Agreement with teacher\.onnx +100\.00 %", labelled.Out);
        Assert.Matches(@"Accuracy +50\.00 %", labelled.Out);
        Assert.Equal(1, json.GetProperty("teacher").GetProperty("value").GetDouble());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.GetProperty("metric").ValueKind);
    }

    [Fact]
    public async Task Each_model_sees_the_samples_as_its_own_metadata_says_unless_the_command_line_does()
    {
        // As they are stored the first output wins; as the teacher sees them the second one does.
        var data = TemporaryData.Write(folder, "data", [9, 8, 9, 8], [2, 2, 1, 1], [0, 0]);
        var model = folder.Scores("model.onnx", inputs: 2);
        var teacher = Onnx.OnnxModel.Read(folder.Scores("plain.onnx", inputs: 2));
        teacher.Proto.MetadataProps.Add(new Onnx.Schema.StringStringEntryProto { Key = "compresstasks.preprocessing", Value = """{"scale":1,"mean":[4,0],"std":[2,1]}""" });
        teacher.Write(folder.PathOf("teacher.onnx"));

        var text = await ToolRun.Of("evaluate", model, "--data", data, "--teacher", folder.PathOf("teacher.onnx"));
        var own = (await ToolRun.Of("evaluate", model, "--data", data, "--batch", "1", "--json", "--teacher", folder.PathOf("teacher.onnx"))).Json;
        var asked = (await ToolRun.Of("evaluate", model, "--data", data, "--json", "--scale", "2", "--teacher", folder.PathOf("teacher.onnx"))).Json;

        Assert.Contains("For teacher.onnx as that says: {\"scale\":1,\"mean\":[4,0],\"std\":[2,1]}", text.Out, StringComparison.Ordinal);
        Assert.Equal((1, 0), (own.GetProperty("value").GetDouble(), own.GetProperty("teacher").GetProperty("value").GetDouble()));
        Assert.Equal(4, own.GetProperty("teacher").GetProperty("preprocessingOfModel").GetProperty("mean")[0].GetDouble());
        Assert.Equal((1, 1), (asked.GetProperty("value").GetDouble(), asked.GetProperty("teacher").GetProperty("value").GetDouble()));
    }

    [Fact]
    public async Task Preprocessing_is_the_models_own_where_nothing_else_is_said()
    {
        var data = TemporaryData.Write(folder, "data", [9, 8, 9, 8], [2, 2], [1, 1]);
        var model = Onnx.OnnxModel.Read(folder.Scores("model.onnx", inputs: 2));
        model.Proto.MetadataProps.Add(new Onnx.Schema.StringStringEntryProto { Key = "compresstasks.preprocessing", Value = """{"scale":1,"mean":[4,0],"std":[2,1]}""" });
        model.Proto.MetadataProps.Add(new Onnx.Schema.StringStringEntryProto { Key = "compresstasks.classes", Value = """["cat","dog"]""" });
        model.Write(folder.PathOf("own.onnx"));

        var own = await ToolRun.Of("evaluate", folder.PathOf("own.onnx"), "--data", data);
        var json = (await ToolRun.Of("evaluate", folder.PathOf("own.onnx"), "--data", data, "--json")).Json;
        var said = (await ToolRun.Of("evaluate", folder.PathOf("own.onnx"), "--data", data, "--scale", "1", "--json")).Json;

        Assert.Contains("""Preprocessing as the model says: {"scale":1,"mean":[4,0],"std":[2,1]}""", own.Out, StringComparison.Ordinal);
        Assert.Matches(@"dog +2 +100\.00 %", own.Out);
        Assert.Equal(1, json.GetProperty("value").GetDouble());
        Assert.Equal(4, json.GetProperty("preprocessingOfModel").GetProperty("mean")[0].GetInt32());
        Assert.Equal((0, System.Text.Json.JsonValueKind.Null), (said.GetProperty("value").GetDouble(), said.GetProperty("preprocessingOfModel").ValueKind));
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
