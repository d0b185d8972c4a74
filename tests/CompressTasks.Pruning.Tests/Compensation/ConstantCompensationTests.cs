using CompressTasks.Onnx;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pruning.Tests.Compensation;

public class ConstantCompensationTests
{
    static readonly Dictionary<string, long[]> Shapes = new() { ["x"] = [1, 3, 6, 6] };

    [Theory]
    [InlineData("Conv")]
    [InlineData("Conv with BatchNormalization")]
    [InlineData("Gemm")]
    [InlineData("MatMul")]
    public void A_channel_that_is_constant_leaves_no_trace_when_its_constant_is_folded(string consumer)
    {
        var b = new ModelBuilder(3);
        var x = b.Relu(b.Conv(b.Input("x", 1, 3, 6, 6), 4, 3, padding: 1, name: "dead"));
        var y = consumer switch
        {
            "Conv" => b.Conv(b.Relu(b.Conv(x, 5, 3)), 2, 1),
            "Conv with BatchNormalization" => b.Conv(b.Relu(b.BatchNormalization(b.Conv(x, 5, 3, bias: false))), 2, 1),
            "Gemm" => b.Gemm(b.Flatten(x), 5),
            _ => b.Add(b.MatMul(b.Reshape(x, 1, -1), 5), b.RandomWeight("added", [5], 1, 1)),
        };
        var model = b.Build(y);
        // Channels 1 and 3 lose their weights and keep a positive bias: after the ReLU they are constants.
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == "dead.weight");
        var values = weight.ToFloats();
        foreach (var channel in (int[])[1, 3]) values.AsSpan(channel * 27, 27).Clear();
        weight.SetFloats(values);
        model.Graph.Initializer.Single(tensor => tensor.Name == "dead.bias").SetFloats([0, 0.7f, 0, 0.3f]);

        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, Shapes));
        var removed = new bool[graph.Units.Count];
        foreach (var unit in graph.Units.Where(unit => unit.Slices.Any(slice => slice.Initializer == "dead.bias" && slice.Indices[0] is 1 or 3))) removed[unit.Index] = true;
        var read = graph.WeightUses.Single(use => use.Initializer != "dead.weight" && use.Node.Input[0] != "relu_1").Node.Input[0];
        var length = (int)graph.Shapes.Of(read)![^1].Value;
        float[] means = consumer.StartsWith("Conv", StringComparison.Ordinal) ? [0, 0.7f, 0, 0.3f] : [.. Enumerable.Range(0, length).Select(i => (i / 36) switch { 1 => 0.7f, 3 => 0.3f, _ => 0 })];

        var plain = ModelSurgery.Remove(graph, removed);
        var folded = ModelSurgery.Remove(graph, removed, new Dictionary<string, float[]> { [read] = means });
        Assert.Equal(2, removed.Count(gone => gone));
        Assert.InRange(OnnxRuntimeOracle.Difference(model, plain, Shapes), 0.01, double.MaxValue);
        Assert.InRange(OnnxRuntimeOracle.Difference(model, folded, Shapes), 0, 1e-5);
        // No new parameter: a parameter budget holds with and without compensation.
        Assert.Equal(plain.Graph.Initializer.Sum(tensor => tensor.ElementCount()), folded.Graph.Initializer.Sum(tensor => tensor.ElementCount()));
    }

    [Fact]
    public void A_model_that_was_cut_and_compensated_can_be_cut_and_compensated_again()
    {
        var model = NastyGraphs.Build("residual");
        var shapes = NastyGraphs.Shapes(model);
        for (var round = 0; round < 3; round++)
        {
            var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
            var removed = new bool[graph.Units.Count];
            foreach (var group in graph.Groups) removed[group.Units[0]] = true;
            var means = DataFreeMeans.Estimate(graph);
            Assert.NotEmpty(means);
            model = ModelSurgery.Remove(graph, removed, means);
            ModelChecker.Check(model);
        }

        Assert.Single(OnnxRuntimeOracle.Run(model, shapes, 1));
    }

    [Fact]
    public void Means_without_data_are_those_of_the_normalisation_seen_through_the_relu()
    {
        var b = new ModelBuilder();
        var x = b.Relu(b.BatchNormalization(b.Conv(b.Input("x", 1, 3, 6, 6), 2, 3), name: "bn"));
        var model = b.Build(b.Conv(x, 2, 1));
        model.Graph.Initializer.Single(tensor => tensor.Name == "bn.weight").SetFloats([1, 0.5f]);
        model.Graph.Initializer.Single(tensor => tensor.Name == "bn.bias").SetFloats([0, 2]);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, Shapes));
        var means = DataFreeMeans.Estimate(graph)[x];
        // E[max(0, N(0, 1))] = 1 / sqrt(2 pi); N(2, 0.5) is almost never negative.
        Assert.Equal(1 / Math.Sqrt(2 * Math.PI), means[0], 2e-3);
        Assert.Equal(2, means[1], 2e-3);
    }
}
