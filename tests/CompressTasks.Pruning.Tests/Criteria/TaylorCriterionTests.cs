using CompressTasks.Onnx;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Criteria;

public class TaylorCriterionTests
{
    [Fact]
    public void A_linear_network_scores_as_worked_out_by_hand()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Gemm(b.Gemm(b.Input("x", "N", 2), 2, bias: false, name: "first"), 1, bias: false, name: "second"));
        void Set(string name, params float[] values) => model.Graph.Initializer.Single(tensor => tensor.Name == name).SetFloats(values);
        Set("first.weight", 1, 2, 3, 4);
        Set("second.weight", 5, -1);
        using var module = new GraphModule(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["x"] = [1, 2] }));
        // Output y = 5 (x1 + 2 x2) - (3 x1 + 4 x2); the loss is y. Gradient x weight over a row is second_i times the row's output.
        var scores = TaylorCriterion.Score(graph, module, [new Batch(tensor(new float[,] { { 1, 1 } }), null)], (output, _) => output.sum());
        Assert.Equal([Math.Pow(5 * 3, 2), Math.Pow(-1 * 7, 2)], scores);
    }

    [Fact]
    public void No_batch_is_an_error_with_its_code()
    {
        var model = Networks.LeNet300100();
        using var module = new GraphModule(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [1, 1, 28, 28] }));
        var exception = Assert.Throws<PruningException>(() => TaylorCriterion.Score(graph, module, [], (output, _) => output.sum()));
        Assert.Equal(PruningException.CriterionNeedsData, exception.Code);
    }

    [Fact]
    public void Measured_means_are_those_of_the_data_where_each_node_sums()
    {
        var model = Networks.LeNet5();
        using var module = new GraphModule(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [1, 1, 28, 28] }));
        using var scope = NewDisposeScope();
        var inputs = rand(8, 1, 28, 28);
        var read = graph.WeightUses.Single(use => use.Initializer == "conv2.weight").Node.Input[0];
        var expected = module.Run([inputs], [read])[0].mean([0L, 2L, 3L]).data<float>().ToArray();
        var means = MeasuredMeans.Estimate(graph, module, [new Batch(inputs.slice(0, 0, 4, 1).clone(), null), new Batch(inputs.slice(0, 4, 8, 1).clone(), null)]);
        Assert.All(expected.Zip(means[read]), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.Equal(800, means[graph.WeightUses.Single(use => use.Initializer == "fc1.weight").Node.Input[0]].Length);
    }

    [Fact]
    public void Statistics_are_the_averages_over_the_batches_given()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.BatchNormalization(b.Input("x", "N", 2, 4, 4), name: "bn"));
        using var module = new GraphModule(model);
        using var scope = NewDisposeScope();
        Tensor[] batches = [randn(16, 2, 4, 4).mul(3).add(1), randn(16, 2, 4, 4)];
        var expected = batches.Select(batch => batch.mean([0L, 2L, 3L])).Aggregate((left, right) => left + right).div(2).data<float>().ToArray();
        NormalizationReestimation.Run(module, batches.Select(batch => new Batch(batch.clone(), null)));
        Assert.All(expected.Zip(module.Buffers["bn.running_mean"].data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.False(module.CumulativeStatistics);
    }
}
