using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Criteria;

/// <summary>Networks whose channels are known: 0 is dead, 1 and 2 are twins (2 twice as large), 3 is constant, 4 is on its own.</summary>
public class StatisticsCriteriaTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dead_twin_and_constant_channels_are_seen(bool flattened)
    {
        var (graph, module, batches) = Build(flattened);
        using (module)
        {
            var mean = ActivationCriterion.Mean(graph, module, batches());
            var variance = ActivationCriterion.Variance(graph, module, batches());
            var nonZero = ActivationCriterion.NonZero(graph, module, batches());
            var correlation = OutputCorrelationCriterion.Score(graph, module, batches());
            Assert.Equal(5, mean.Length);
            Assert.Equal([0, 0.7], new[] { mean[0], mean[3] }, (x, y) => Math.Abs(x - y) < 1e-5);
            Assert.Equal(2, mean[2] / mean[1], 1e-4);
            Assert.Equal(4, variance[2] / variance[1], 1e-3);
            Assert.Equal([0, 0], new[] { variance[0], variance[3] }, (x, y) => Math.Abs(x - y) < 1e-9);
            Assert.Equal([0, 1], new[] { nonZero[0], nonZero[3] });
            Assert.Equal(nonZero[1], nonZero[2], 1e-9);
            Assert.InRange(nonZero[1], 0.2, 0.8);
            Assert.Equal([0, 0], new[] { correlation[0], correlation[3] });
            Assert.InRange(Math.Min(correlation[1], correlation[2]), 0, 1e-5);
            // One of the twins stays as long as what is left does not explain it, and the last of all is explained by nothing.
            Assert.InRange(Math.Max(correlation[1], correlation[2]), 0.2, 1);
            Assert.Equal(1, correlation.Max(), 1e-9);
        }
    }

    [Fact]
    public void Of_twins_in_weights_the_smaller_one_goes_first()
    {
        var (graph, module, _) = Build(flattened: false);
        module.Dispose();
        var scores = WeightCorrelationCriterion.Score(graph);
        Assert.Equal(0, scores[0]);
        Assert.Equal(0, scores[3]);
        Assert.Equal(0, scores[1], 1e-6);
        Assert.InRange(scores[2], 0.1, 1);
        Assert.InRange(scores[4], 0.1, 1);
    }

    [Fact]
    public void A_sum_of_two_others_goes_before_what_it_is_the_sum_of_is_broken()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var x = b.Gemm(b.Input("x", "N", 3), 4, bias: false, name: "first");
        var model = b.Build(b.Gemm(x, 2));
        model.Graph.Initializer.Single(tensor => tensor.Name == "first.weight").SetFloats([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0]);
        using var module = new GraphModule(model);
        var scores = OutputCorrelationCriterion.Score(Graph(model, [1, 3]), module, [new Batch(randn(500, 3), null)]);
        // Any of 0, 1 and 3 can go; after that nothing is redundant.
        Assert.Single(scores, score => score < 1e-5);
        Assert.Equal(3, scores.Count(score => score > 0.4));
        Assert.True(scores[2] > 0.9);
    }

    [Fact]
    public void Every_group_of_a_residual_and_an_attention_network_is_watched()
    {
        foreach (var name in (string[])["residual", "attention", "fused attention", "concat of concats", "squeeze and excite"])
        {
            var model = NastyGraphs.Build(name);
            using var module = new GraphModule(model);
            var shapes = NastyGraphs.Shapes(model);
            var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
            var scores = ActivationCriterion.Variance(graph, module, [new Batch(randn(shapes["x"]), null)]);
            Assert.All(scores, score => Assert.True(double.IsFinite(score) && score >= 0));
            Assert.DoesNotContain(1.0, scores);
        }
    }

    [Fact]
    public void No_batch_is_an_error_with_its_code()
    {
        var (graph, module, _) = Build(flattened: false);
        using (module)
        {
            Assert.Equal(PruningException.CriterionNeedsData, Assert.Throws<PruningException>(() => ActivationCriterion.Mean(graph, module, [])).Code);
            Assert.Equal(PruningException.CriterionNeedsData, Assert.Throws<PruningException>(() => OutputCorrelationCriterion.Score(graph, module, [])).Code);
        }
    }

    static (CouplingGraph Graph, GraphModule Module, Func<IEnumerable<Batch>> Batches) Build(bool flattened)
    {
        var b = new ModelBuilder(4);
        var x = b.Relu(b.Conv(b.Input("x", "N", 2, 6, 6), 5, 3, name: "first"));
        var model = b.Build(flattened ? b.Gemm(b.Flatten(x), 3) : b.Conv(x, 3, 1));
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == "first.weight");
        var values = weight.ToFloats();
        values.AsSpan(0, 18).Clear();
        for (var i = 0; i < 18; i++) values[36 + i] = 2 * values[18 + i];
        values.AsSpan(54, 18).Clear();
        weight.SetFloats(values);
        model.Graph.Initializer.Single(tensor => tensor.Name == "first.bias").SetFloats([-1, 0, 0, 0.7f, 0.1f]);
        manual_seed(1);
        using var inputs = randn(40, 2, 6, 6);
        var data = inputs.data<float>().ToArray();
        return (Graph(model, [1, 2, 6, 6]), new GraphModule(model), () => Enumerable.Range(0, 2).Select(i => new Batch(tensor(data, [40, 2, 6, 6]).slice(0, i * 20, (i + 1) * 20, 1).clone(), null)));
    }

    static CouplingGraph Graph(OnnxModel model, long[] shape) =>
        CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["x"] = shape }));
}
