using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>A network with an operator that ONNX Runtime runs in training is compressed all the same, and the report says what that kept from training.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class RuntimeNotesTests(LearnedModel learned)
{
    [Fact]
    public void What_could_not_be_trained_is_said_in_progress_and_report()
    {
        var request = learned.Request(Budget.Parse(BudgetKind.MaxMacs, "80%")) with { Model = WriteModel() };
        var progress = new RecordedProgress();

        var report = CompressionRun.Execute(request, progress, default);

        var note = Assert.Single(report.Notes);
        Assert.StartsWith("If: run by ONNX Runtime, without gradients; 2 of 6 weights are therefore not trained (before.weight, before.bias)", note, StringComparison.Ordinal);
        Assert.Contains(progress.Events, line => line.Stage == "distill" && line.Message == note);
        Assert.Contains($"## Notes\n\n- {note}", File.ReadAllText(Path.Combine(request.OutputDirectory, "report.md")).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        var original = OnnxModel.Read(request.Model);
        var written = OnnxModel.Read(Path.Combine(request.OutputDirectory, "branching.onnx"));
        Assert.Equal(Weight(original, "before.weight"), Weight(written, "before.weight"));
        Assert.NotEqual(Weight(original, "after.weight").Length, Weight(written, "after.weight").Length);
    }

    static float[] Weight(OnnxModel model, string name) => model.Graph.Initializer.Single(initializer => initializer.Name == name).ToFloats();

    string WriteModel()
    {
        var b = new ModelBuilder(seed: 5, name: "branching");
        var image = b.Input("image", "N", 1, 8, 8);
        b.Conv(image, 8, 3, padding: 1, name: "before");
        var condition = b.Node("Greater", [b.Node("ReduceMax", [image], new { keepdims = 0 }), b.Scalar(-1)]);
        var x = b.Node("If", [condition], new { then_branch = Branch("Relu"), else_branch = Branch("Neg") });
        x = b.Relu(b.Conv(x, 24, 3, stride: 2, name: "after"));
        var path = learned.At("branching.onnx");
        b.Build(b.Gemm(b.Flatten(x), 3, name: "head")).Write(path);
        return path;
    }

    static GraphProto Branch(string operatorName)
    {
        var output = new ValueInfoProto { Name = operatorName, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } };
        return new GraphProto { Name = operatorName, Node = { new NodeProto { OpType = operatorName, Input = { "before" }, Output = { operatorName } } }, Output = { output } };
    }
}
