using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.SparseLearning;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.SparseLearning;

public class GroupRegularizerTests
{
    [Fact]
    public void Every_slice_of_a_unit_that_will_go_gets_its_share_of_the_weight_added_to_its_gradient()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Conv(b.BatchNormalization(b.Conv(b.Input("x", 2, 2, 4, 4), 3, 1, name: "conv"), name: "bn"), 2, 1, name: "next"));
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model));
        using var module = new GraphModule(model);
        using var scope = NewDisposeScope();
        module.forward(rand(2, 2, 4, 4)).sum().backward();
        Dictionary<string, Tensor> Gradients() => module.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.grad!.clone());
        var before = Gradients();
        using var regularizer = new GroupRegularizer(graph, [false, true, false], module, strength: 0.8);

        regularizer.AfterBackward(new TrainingPosition(Epoch: 1, Step: 5, StepsPerEpoch: 10, Epochs: 3)); // half of the training

        foreach (var (name, axis) in new[] { ("conv.weight", 0), ("conv.bias", 0), ("bn.weight", 0), ("bn.bias", 0), ("next.weight", 1) })
        {
            var expected = before[name].clone();
            expected.index_add_(axis, tensor(new long[] { 1 }), module.Weights[name].detach().index_select(axis, tensor(new long[] { 1 })), 0.4);
            Assert.True(expected.allclose(Gradients()[name]), name);
        }

        Assert.True(before["next.bias"].allclose(Gradients()["next.bias"]));
        Assert.False(regularizer.MayBeKept(new TrainingPosition(2, 0, 10, 3)));
        Assert.True(regularizer.MayBeKept(new TrainingPosition(2, 10, 10, 3)));
        Assert.NotEqual(regularizer.Identity, new GroupRegularizer(graph, [true, false, false], module, 0.8).Identity);
    }

    [Fact]
    public void Training_under_it_shrinks_the_chosen_units_and_no_others()
    {
        var model = Networks.LeNet300100(size: 8);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [1, 1, 8, 8] }));
        using var module = new GraphModule(model);
        var removed = new bool[graph.Units.Count];
        for (var unit = 0; unit < 100; unit++) removed[graph.Groups[0].Units[unit]] = true;
        double Norm(int from, int to) => module.Weights["fc1.weight"].narrow(0, from, to - from).norm().item<float>();
        var (chosen, others) = (Norm(0, 100), Norm(100, 300));
        using var regularizer = new GroupRegularizer(graph, removed, module, strength: 5);
        using var data = DataSets.FromTensors("random", rand(256, 1, 8, 8), randint(0, 10, [256], int64));

        new Trainer(module, new TrainingRecipe { Epochs = 12, BatchSize = 32, LearningRate = 0.02, WeightDecay = 0 }) { Constraints = [regularizer] }.Train(data);

        Assert.InRange(Norm(0, 100), 0, 0.05 * chosen);
        Assert.InRange(Norm(100, 300), 0.9 * others, 1.5 * others);
    }
}
