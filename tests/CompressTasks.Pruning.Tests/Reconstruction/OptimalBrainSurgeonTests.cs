using CompressTasks.Onnx;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Reconstruction;

public class OptimalBrainSurgeonTests
{
    static readonly SurgeonOptions Exact = new() { Damping = 1e-9 };
    static readonly SurgeonOptions Swept = new() { Damping = 1e-9, ExactBelow = 0, BlockSize = 4 };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_weight_that_goes_moves_the_others_by_the_closed_form(bool exact)
    {
        using var scope = NewDisposeScope();
        using var module = Linear(rows: 1, columns: 5);
        var inputs = Correlated(40, 5);
        var before = module.Weights["w"].detach().to(float64).clone();
        // A sweep hands on to the right only: where the first column goes all others move.
        var inverse = linalg.inv(inputs.to(float64).transpose(0, 1).mm(inputs.to(float64)) / 40);
        var scores = before[0].square() / inverse.diagonal();
        var q = exact ? scores.argmin().item<long>() : 0;
        var mask = ones_like(before, @bool);
        mask[0, q] = false;
        var expected = before[0] - (before[0, q] / inverse[q, q] * inverse[TensorIndex.Colon, q]);

        using var result = exact
            ? OptimalBrainSurgeon.Prune(module, () => [new Batch(inputs.clone(), null)], new Dictionary<string, double> { ["w"] = 0.8 }, new PruningGrain(Granularity.Weight), Exact)
            : OptimalBrainSurgeon.Reconstruct(module, () => [new Batch(inputs.clone(), null)], new Dictionary<string, Tensor> { ["w"] = mask }, Swept);
        Assert.True(mask.equal(result.Masks["w"]).all().item<bool>());
        Assert.True(expected.sub(module.Weights["w"][0]).abs().max().item<double>() < 1e-4);
        Assert.Equal(0, module.Weights["w"][0, q].item<float>());
        Assert.Equal(exact ? "least squares" : "column sweep", result.Layers[0].Method);
    }

    [Fact]
    public void Under_a_fixed_mask_the_weights_are_the_least_squares_optimum()
    {
        using var scope = NewDisposeScope();
        using var module = Linear(rows: 3, columns: 8);
        var inputs = Correlated(60, 8);
        var before = module.Weights["w"].detach().clone();
        var mask = rand(3, 8).gt(0.5);
        using var result = OptimalBrainSurgeon.Reconstruct(module, () => [new Batch(inputs.clone(), null)], new Dictionary<string, Tensor> { ["w"] = mask }, Exact);
        var residuals = inputs.mm((module.Weights["w"].detach() - before).transpose(0, 1));
        // At the optimum what is left over is orthogonal to every input that a row keeps, and no weight is where the mask has none.
        var slopes = residuals.transpose(0, 1).mm(inputs) * mask;
        Assert.True(slopes.abs().max().item<float>() < 1e-2);
        Assert.Equal(0, (module.Weights["w"].detach() * mask.logical_not()).abs().sum().item<float>());
        Assert.Equal(residuals.square().sum().item<float>() / inputs.mm(before.transpose(0, 1)).square().sum().item<float>(), result.Layers[0].Error, 1e-4);
    }

    [Theory]
    [InlineData("weight", 0.5)]
    [InlineData("weight", 0.2)]
    [InlineData("2:4", 0.5)]
    [InlineData("1:4", 0.25)]
    public void It_is_never_worse_than_the_same_mask_without_updates_nor_than_the_largest_weights(string grain, double density)
    {
        using var scope = NewDisposeScope();
        foreach (var options in (SurgeonOptions[])[new(), new() { ExactBelow = 0, BlockSize = 8 }])
        {
            using var module = Linear(rows: 12, columns: 32);
            var inputs = Correlated(400, 32);
            var before = module.Weights["w"].detach().clone();
            using var result = OptimalBrainSurgeon.Prune(module, () => [new Batch(inputs.clone(), null)], new Dictionary<string, double> { ["w"] = density }, PruningGrain.TryParse(grain)!, options);
            var outcome = Assert.Single(result.Layers);
            Assert.Equal((long)Math.Round(density * 12 * 32), outcome.Kept);
            Assert.Equal(outcome.Kept, result.Masks["w"].sum().item<long>());
            Assert.True(outcome.Error < outcome.ErrorWithoutUpdate);
            var largest = before * before.abs().ge(before.abs().flatten().topk((int)outcome.Kept, 0).values.min());
            double ErrorOf(Tensor weights) => inputs.mm((weights - before).transpose(0, 1)).square().sum().item<float>();
            Assert.InRange(ErrorOf(module.Weights["w"].detach()), 0, 0.8 * ErrorOf(largest));
            if (grain == "weight") continue;
            var perPattern = result.Masks["w"].reshape(12, 8, 4).sum(2);
            Assert.True(perPattern.eq((long)(density * 4)).all().item<bool>());
        }
    }

    [Fact]
    public void A_pattern_lies_among_the_input_channels_of_each_tap()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(3);
        using var module = new GraphModule(b.Build(b.Conv(b.Input("x", "N", 6, 5, 5), 4, 3, name: "conv")));
        using var result = OptimalBrainSurgeon.Prune(module, () => [new Batch(randn(8, 6, 5, 5), null)], new Dictionary<string, double> { ["conv.weight"] = 0.5 }, PruningGrain.TryParse("2:4")!);
        var mask = result.Masks["conv.weight"].to(int64);
        // Six channels: two of the first four, and the two that are left.
        Assert.True(mask.slice(1, 0, 4, 1).sum(1).eq(2).all().item<bool>());
        Assert.True(mask.slice(1, 4, 6, 1).sum(1).eq(2).all().item<bool>());
    }

    [Fact]
    public void Later_layers_are_fitted_to_what_earlier_ones_hand_on_and_biases_take_up_the_mean()
    {
        using var scope = NewDisposeScope();
        var inputs = Correlated(500, 784).abs().reshape(500, 1, 28, 28);
        double ErrorOf(SurgeonOptions options)
        {
            using var module = new GraphModule(Networks.LeNet300100());
            module.eval();
            var densities = LinearLayer.Of(module).ToDictionary(layer => layer.Weight, _ => 0.3);
            var before = module.forward(inputs).detach();
            using var result = OptimalBrainSurgeon.Prune(module, () => Enumerable.Range(0, 5).Select(i => new Batch(inputs.slice(0, i * 100, (i + 1) * 100, 1).clone(), null)), densities, new PruningGrain(Granularity.Weight), options);
            Assert.Equal(["fc1.weight", "fc2.weight", "logits.weight"], result.Layers.Select(layer => layer.Weight));
            return ((module.forward(inputs).detach() - before).square().sum() / before.square().sum()).item<float>();
        }

        var options = new SurgeonOptions { ExactBelow = 1e8 };
        Assert.InRange(ErrorOf(options), 0, ErrorOf(options with { Sequential = false }));
    }

    [Fact]
    public void A_weight_that_layers_see_differently_is_masked_alone()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(1);
        var w = b.RandomWeight("w", [4, 4], 4, 1);
        var x = b.Node("Gemm", [b.Input("x", "N", 4), w]);
        using var module = new GraphModule(b.Build(b.Node("Gemm", [x, w], new { transB = 1 })));
        var before = module.Weights["w"].detach().clone();
        using var result = OptimalBrainSurgeon.Prune(module, () => [new Batch(randn(8, 4), null)], new Dictionary<string, double> { ["w"] = 0.5 }, new PruningGrain(Granularity.Weight));
        Assert.True(double.IsNaN(Assert.Single(result.Layers).Error));
        Assert.True((before * result.Masks["w"]).equal(module.Weights["w"]).all().item<bool>());
        Assert.Equal(8, result.Layers[0].Kept);
    }

    static GraphModule Linear(int rows, int columns)
    {
        var b = new ModelBuilder(5);
        return new GraphModule(b.Build(b.Node("Gemm", [b.Input("x", "N", columns), b.RandomWeight("w", [rows, columns], columns, 1)], new { transB = 1 })));
    }

    /// <summary>Inputs that share much of what they say, as those of real layers do.</summary>
    static Tensor Correlated(int samples, int columns)
    {
        manual_seed(7);
        return randn(samples, columns) + randn(samples, Math.Max(1, columns / 8)).mm(randn(Math.Max(1, columns / 8), columns));
    }
}
