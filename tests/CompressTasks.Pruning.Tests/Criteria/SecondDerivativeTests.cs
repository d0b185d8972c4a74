using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Criteria;

public class SecondDerivativeTests
{
    [Theory]
    [InlineData(long.MaxValue, 0.02)]
    [InlineData(0, 0.15)]
    public void The_diagonal_is_that_of_finite_differences(long exactBelow, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(Network());
        var (inputs, labels) = Data(64);
        var diagonal = HessianDiagonal.Measure(module, [new Batch(inputs.clone(), labels.clone())], Loss, probes: 400, exactBelow: exactBelow);
        var (expected, measured) = (new List<double>(), new List<double>());
        foreach (var (name, weight) in module.Weights)
        {
            foreach (var index in (long[])[0, weight.numel() / 2, weight.numel() - 1])
            {
                expected.Add(BySteps(module, weight.detach().view(-1), index, inputs, labels));
                measured.Add(diagonal[name].flatten()[index].item<float>());
            }
        }

        var scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(measured), pair => Assert.Equal(pair.First, pair.Second, tolerance * scale));
        Assert.All(diagonal.Values, tensor => tensor.Dispose());
    }

    [Fact]
    public void The_empirical_fisher_is_the_mean_square_of_single_samples_gradients()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(1);
        using var module = new GraphModule(b.Build(b.Gemm(b.Input("x", "N", 2), 1, bias: false, name: "fc")));
        // The loss is the output: its gradient by the weights is the sample.
        var fisher = HessianDiagonal.EmpiricalFisher(module, [new Batch(tensor(new float[,] { { 1, 2 }, { 3, 0 } }), null)], (output, _) => output.mean());
        Assert.Equal([5f, 2f], fisher["fc.weight"].data<float>().ToArray());
        Assert.Null(module.Weights["fc.weight"].grad);
    }

    [Fact]
    public void Scores_are_half_of_curvature_times_weight_squared_and_units_have_their_sums()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(1);
        var model = b.Build(b.Gemm(b.Gemm(b.Input("x", "N", 2), 2, bias: false, name: "first"), 1, bias: false, name: "second"));
        model.Graph.Initializer.Single(tensor => tensor.Name == "first.weight").SetFloats([1, 2, 3, 4]);
        model.Graph.Initializer.Single(tensor => tensor.Name == "second.weight").SetFloats([5, -1]);
        using var module = new GraphModule(model);
        // The loss y^2 / 2 has the second derivative (second_i x_j)^2 by first_ij, here with x = (1, 3).
        var diagonal = HessianDiagonal.Measure(module, [new Batch(tensor(new float[,] { { 1, 3 } }), null)], (output, _) => output.square().sum() * 0.5);
        Assert.Equal([25f, 225f, 1f, 9f], diagonal["first.weight"].data<float>().ToArray());
        var scores = OptimalBrainDamage.Score(module, diagonal);
        Assert.Equal([12.5f, 450f, 4.5f, 72f], scores["first.weight"].data<float>().ToArray());
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["x"] = [1, 2] }));
        Assert.Equal([462.5, 76.5], UnitScores.FromElements(graph, scores));
    }

    [Fact]
    public void An_operator_without_a_second_derivative_is_an_error_with_its_code_and_the_fisher_is_not()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(1);
        var x = b.Conv(b.Input("x", "N", 1, 4, 4), 2, 3, padding: 1);
        var grid = b.Weight("grid", [1, 2, 2, 2], [-0.5f, -0.5f, 0.5f, -0.5f, -0.5f, 0.5f, 0.3f, 0.5f]);
        using var module = new GraphModule(b.Build(b.Flatten(b.Node("GridSample", [x, grid]))));
        Batch[] Batches() => [new Batch(randn(1, 1, 4, 4), null)];
        var exception = Assert.Throws<PruningException>(() => HessianDiagonal.Measure(module, Batches(), (output, _) => output.square().sum()));
        Assert.Equal(PruningException.NoSecondDerivative, exception.Code);
        Assert.Contains("grid_sampler", exception.Message, StringComparison.Ordinal);
        Assert.Null(module.Weights["conv.weight"].grad);
        Assert.NotEmpty(HessianDiagonal.EmpiricalFisher(module, Batches(), (output, _) => output.square().sum()));
    }

    [Fact]
    public void Measuring_leaves_no_memory_behind()
    {
        using var module = new GraphModule(Network());
        using var outer = NewDisposeScope();
        var (inputs, labels) = Data(8);
        void Measure()
        {
            foreach (var tensor in HessianDiagonal.Measure(module, [new Batch(inputs.clone(), labels.clone())], Loss, probes: 2).Values) tensor.Dispose();
        }

        Measure();
        var before = Tensor.TotalCount;
        Measure();
        Assert.Equal(before, Tensor.TotalCount);
    }

    static OnnxModel Network()
    {
        var b = new ModelBuilder(3);
        var x = b.BatchNormalization(b.Conv(b.Input("x", "N", 1, 6, 6), 3, 3, name: "conv"));
        x = b.AveragePool(b.Sigmoid(x), 2, 2);
        return b.Build(b.Gemm(b.Flatten(x), 4, name: "fc"));
    }

    static (Tensor Inputs, Tensor Labels) Data(int samples)
    {
        manual_seed(2);
        return (randn(samples, 1, 6, 6), randint(0, 4, [samples], int64));
    }

    static Tensor Loss(Tensor output, Batch batch) => Losses.CrossEntropy(output, batch.Labels!);

    static double BySteps(GraphModule module, Tensor elements, long index, Tensor inputs, Tensor labels)
    {
        const float step = 0.05f;
        using var noGradient = no_grad();
        double LossAt(float change)
        {
            elements[index] += change;
            var loss = Loss(module.forward(inputs).to(float64), new Batch(inputs, labels)).item<double>();
            elements[index] -= change;
            return loss;
        }

        return (LossAt(step) - (2 * LossAt(0)) + LossAt(-step)) / (step * step);
    }
}
