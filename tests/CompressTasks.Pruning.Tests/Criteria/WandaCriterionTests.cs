using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Criteria;

public class WandaCriterionTests
{
    [Fact]
    public void Scores_are_magnitude_times_the_input_s_norm_and_every_output_keeps_as_much()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(1);
        var model = b.Build(b.Gemm(b.Input("x", "N", 4), 2, name: "fc"));
        model.Graph.Initializer.Single(tensor => tensor.Name == "fc.weight").SetFloats([1, -2, 3, 4, 10, 20, -30, 40]);
        using var module = new GraphModule(model);
        var scores = WandaCriterion.Score(module, [new Batch(tensor(new float[,] { { 3, 0, 1, 0 } }), null), new Batch(tensor(new float[,] { { 4, 2, 0, 0 } }), null)]);
        Assert.Equal([5f, 4f, 3f, 0f, 50f, 40f, 30f, 0f], scores["fc.weight"].data<float>().ToArray());
        var densities = new Dictionary<string, double> { ["fc.weight"] = 0.5 };
        Assert.Equal([true, true, false, false, true, true, false, false], WandaCriterion.Masks(module, scores, densities, new PruningGrain(Granularity.Weight))["fc.weight"].data<bool>().ToArray());
        Assert.Equal([true, false, true, false, true, false, true, false], WandaCriterion.Masks(module, scores, densities, PruningGrain.TryParse("1:2")!)["fc.weight"].data<bool>().ToArray());
    }

    [Fact]
    public void A_convolution_s_score_is_that_of_its_patches()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(1);
        using var module = new GraphModule(b.Build(b.Conv(b.Input("x", "N", 4, 5, 5), 6, 3, groups: 2, name: "conv")));
        var inputs = randn(3, 4, 5, 5);
        var scores = WandaCriterion.Score(module, [new Batch(inputs.clone(), null)]);
        // Output 5 is in group 1, whose channels are 2 and 3; its tap (2, 0) meets rows 2..4 and columns 0..2.
        var seen = inputs[TensorIndex.Colon, 3, TensorIndex.Slice(2, 5), TensorIndex.Slice(0, 3)].square().sum().sqrt();
        Assert.Equal((module.Weights["conv.weight"][5, 1, 2, 0].abs() * seen).item<float>(), scores["conv.weight"][5, 1, 2, 0].item<float>(), 1e-4f);
    }
}
