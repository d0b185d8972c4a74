using CompressTasks.Onnx;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Reconstruction;

public class ConsumerRefitTests
{
    static readonly long[] Sample = [3, 6, 6];

    public static TheoryData<string> Consumers =>
    [
        "Conv", "Conv with padding", "Conv with BatchNormalization", "grouped Conv", "Gemm", "Gemm, transposed weight as stored", "MatMul with Add", "MatMul",
    ];

    [Theory]
    [MemberData(nameof(Consumers))]
    public void A_channel_that_is_a_combination_of_those_that_stay_leaves_no_trace(string consumer)
    {
        var (graph, module, removed) = Build(consumer, combination: true);
        using (module)
        {
            var refits = ConsumerRefit.Solve(graph, removed, module, () => Batches(1, 4), damping: 1e-9);
            Assert.Empty(refits.NotFitted);
            Assert.Single(refits.Layers);
            Assert.InRange(ErrorOf(graph, removed, null, null), 1e-2, double.MaxValue);
            Assert.InRange(ErrorOf(graph, removed, null, refits), 0, 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Consumers))]
    public void Correlated_channels_are_replaced_better_than_by_their_means(string consumer)
    {
        var (graph, module, removed) = Build(consumer, combination: false);
        using (module)
        {
            var means = MeasuredMeans.Estimate(graph, module, Batches(1, 8));
            var refits = ConsumerRefit.Solve(graph, removed, module, () => Batches(1, 8));
            var fitted = ErrorOf(graph, removed, means, refits);
            Assert.InRange(fitted, 0, 0.7 * ErrorOf(graph, removed, means, null));
            Assert.InRange(fitted, 0, 0.7 * ErrorOf(graph, removed, null, null));
            // Neither adds a parameter: a parameter budget holds in all three cases.
            Assert.Equal(Elements(ModelSurgery.Remove(graph, removed)), Elements(ModelSurgery.Remove(graph, removed, means, refits)));
        }
    }

    [Fact]
    public void What_cannot_be_fitted_is_named_and_its_means_are_folded()
    {
        var b = new ModelBuilder(3);
        var x = b.Relu(b.Conv(b.Input("x", "N", 3, 6, 6), 6, 3, padding: 1, name: "first"));
        var model = b.Build(b.ConvTranspose(x, 4, 2, stride: 2));
        using var module = new GraphModule(model);
        var graph = Graph(model);
        var removed = new bool[graph.Units.Count];
        removed[0] = true;
        var refits = ConsumerRefit.Solve(graph, removed, module, () => Batches(1, 4));
        Assert.Empty(refits.Layers);
        Assert.Equal(["ConvTranspose is not fitted"], refits.NotFitted.Values);
        var means = MeasuredMeans.Estimate(graph, module, Batches(1, 4));
        Assert.Equal(ErrorOf(graph, removed, means, null), ErrorOf(graph, removed, means, refits), 1e-9);
    }

    [Theory]
    [MemberData(nameof(NastyGraphs.Names), MemberType = typeof(NastyGraphs))]
    public void Every_graph_that_can_be_trained_can_be_fitted_and_stays_valid(string name)
    {
        var model = NastyGraphs.Build(name);
        if (model.Graph.Input.Count != 1) return;
        var shapes = NastyGraphs.Shapes(model);
        var input = model.Graph.Input[0];
        if (input.Type.TensorType.ElemType != 1) return;
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
        var removed = new bool[graph.Units.Count];
        foreach (var group in graph.Groups.Where(group => group.Units.Count > 1)) removed[group.Units[0]] = true;
        using var scope = NewDisposeScope();
        using var module = new GraphModule(model);
        manual_seed(1);
        var refits = ConsumerRefit.Solve(graph, removed, module, () => [new Batch(randn(shapes[input.Name]), null)], damping: 0.1);
        var cut = ModelSurgery.Remove(graph, removed, null, refits);
        ModelChecker.Check(cut);
        Assert.All(OnnxRuntimeOracle.Run(cut, shapes, 1), output => Assert.All(output.Values, value => Assert.True(float.IsFinite(value))));
    }

    /// <summary>A first layer of eight channels of which two go; they are sums of others, or ReLUs of something similar.</summary>
    static (CouplingGraph Graph, GraphModule Module, bool[] Removed) Build(string consumer, bool combination)
    {
        var b = new ModelBuilder(3);
        var x = b.Conv(b.Input("x", "N", 3, 6, 6), 8, 3, name: "first");
        if (!combination) x = b.Relu(x);
        var y = consumer switch
        {
            "Conv" => b.Conv(x, 5, 3),
            "Conv with padding" => b.Conv(x, 5, 3, stride: 2, padding: 1),
            "Conv with BatchNormalization" => b.BatchNormalization(b.Conv(x, 5, 3, bias: false)),
            "grouped Conv" => b.Conv(x, 6, 3, groups: 2),
            "Gemm" => b.Gemm(b.Flatten(x), 5),
            "Gemm, transposed weight as stored" => b.Node("Gemm", [b.Flatten(x), b.RandomWeight("w", [128, 5], 128, 1), b.RandomWeight("c", [5], 1, 1)], new { alpha = 0.7f }),
            "MatMul with Add" => b.Add(b.MatMul(b.Transpose(x, 0, 2, 3, 1), 5), b.RandomWeight("added", [5], 1, 1)),
            _ => b.MatMul(b.Transpose(x, 0, 2, 3, 1), 5),
        };
        var model = b.Build(y);
        // Units of a grouped layer go in both groups at once: 0 and 4, a position of each.
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == "first.weight");
        var values = weight.ToFloats();
        for (var i = 0; i < 27; i++)
        {
            values[i] = combination ? values[27 + i] - (2 * values[54 + i]) : values[27 + i] + (0.3f * values[i]);
            values[108 + i] = combination ? (0.5f * values[135 + i]) + values[162 + i] : values[135 + i] + (0.3f * values[108 + i]);
        }

        weight.SetFloats(values);
        // A sum of others has a constant of its own too, which only biases can take up, and not where the border is padded with zeros.
        var hasBias = consumer is not ("MatMul" or "Conv with padding");
        model.Graph.Initializer.Single(tensor => tensor.Name == "first.bias").SetFloats(hasBias ? [0.5f, 0.1f, 0.2f, 0, -0.4f, 0.1f, 0, 0.1f] : new float[8]);
        var graph = Graph(model);
        var removed = new bool[graph.Units.Count];
        foreach (var unit in graph.Units.Where(unit => unit.Slices.Any(slice => slice.Initializer == "first.bias" && slice.Indices.Any(index => index is 0 or 4)))) removed[unit.Index] = true;
        return (graph, new GraphModule(model), removed);
    }

    static CouplingGraph Graph(OnnxModel model) => CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["x"] = [1, .. Sample] }));

    static IEnumerable<Batch> Batches(int seed, int count)
    {
        manual_seed(seed);
        for (var i = 0; i < count; i++) yield return new Batch(randn([64, .. Sample]), null);
    }

    /// <summary>Squared change of the outputs on samples that were not seen, as a share of their squares.</summary>
    static double ErrorOf(CouplingGraph graph, bool[] removed, IReadOnlyDictionary<string, float[]>? means, RefittedConsumers? refits)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var whole = new GraphModule(graph.Model);
        using var cut = new GraphModule(ModelSurgery.Remove(graph, removed, means, refits));
        whole.eval();
        cut.eval();
        var inputs = Batches(99, 1).Single().Inputs;
        var expected = whole.forward(inputs);
        return ((cut.forward(inputs) - expected).square().sum() / expected.square().sum()).item<float>();
    }

    static long Elements(OnnxModel model) => model.Graph.Initializer.Sum(tensor => tensor.ElementCount());
}
