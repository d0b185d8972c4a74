using CompressTasks.Onnx;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training.Tests.Graph;

public class TrainingTests
{
    [Fact]
    public void Weights_are_leaves_by_the_names_of_their_initializers()
    {
        using var module = new GraphModule(Models.SmallConvNet());
        string[] expected = ["stem.weight", "stem/bn.scale", "stem/bn.bias", "block.weight", "block/bn.scale", "block/bn.bias", "fc.weight", "fc.bias"];
        Assert.Equal(expected.Order(), module.Weights.Keys.Order());
        Assert.Equal(["block/bn.mean", "block/bn.var", "stem/bn.mean", "stem/bn.var"], module.Buffers.Keys.Order());
        Assert.All(module.Weights.Values, weight => Assert.True(weight.is_leaf && weight.requires_grad));
        Assert.Equal(expected.Length, module.parameters().Count());
        Assert.Equal([8, 3, 3, 3], module.Weights["stem.weight"].shape);
    }

    [Fact]
    public void A_few_steps_change_every_weight_and_reduce_the_loss()
    {
        using var scope = NewDisposeScope();
        var (module, losses) = Trained(steps: 30);
        var fresh = new GraphModule(Models.SmallConvNet());
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} to {losses[^1]}");
        Assert.All(module.Weights, pair => Assert.False(pair.Value.allclose(fresh.Weights[pair.Key]), pair.Key));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Trained(10).Module, Trained(10).Module);
        Assert.All(first.Weights, pair => Assert.Equal(OnnxRuntimeOracle.Flat(pair.Value), OnnxRuntimeOracle.Flat(second.Weights[pair.Key])));
        Assert.All(first.Buffers, pair => Assert.Equal(OnnxRuntimeOracle.Flat(pair.Value), OnnxRuntimeOracle.Flat(second.Buffers[pair.Key])));
    }

    [Fact]
    public void What_is_written_back_runs_the_same_in_ONNX_Runtime()
    {
        using var scope = NewDisposeScope();
        var (module, _) = Trained(10);
        module.WriteBack();
        module.eval();
        var input = randn(4, 3, 8, 8);
        var expected = OnnxRuntimeOracle.Run(module.Model, [input])[0].Values;
        OnnxRuntimeOracle.AssertClose(expected, OnnxRuntimeOracle.Flat(module.forward(input)), 1e-5);
        var untouched = OnnxRuntimeOracle.Run(Models.SmallConvNet(), [input])[0].Values;
        Assert.NotEqual(untouched[0], expected[0], 1e-3f);
    }

    [Fact]
    public void Every_tensor_of_a_step_is_freed()
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(Models.SmallConvNet());
        var optimizer = optim.SGD(module.parameters(), 0.05, momentum: 0.9);
        var (input, labels) = Data();
        Step(module, optimizer, input, labels);
        var before = AliveTensors();
        for (var step = 0; step < 200; step++) Step(module, optimizer, input, labels);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_failing_run_and_a_disposed_module_leave_nothing_behind()
    {
        using var scope = NewDisposeScope();
        var input = zeros(2, 3, 8, 8);
        var model = Models.SmallConvNet();
        var kernel = model.Graph.Initializer.First(initializer => initializer.Name == "fc.weight");
        kernel.Dims.Clear();
        kernel.Dims.AddRange([8, 64]);
        var module = new GraphModule(model);
        var before = AliveTensors();
        for (var i = 0; i < 3; i++) Assert.Throws<ModelException>(() => module.forward(input));
        Assert.Equal(before, Tensor.TotalCount);
        module.Dispose();
        Assert.Equal(before - module.Weights.Count - module.Buffers.Count, Tensor.TotalCount);
    }

    [Fact]
    public void A_weight_that_two_nodes_read_is_one_parameter_with_the_sum_of_both_gradients()
    {
        using var scope = NewDisposeScope();
        var builder = new Models();
        var input = builder.Input(-1, 4);
        var weight = builder.Weight("shared", 4, 4);
        using var module = new GraphModule(builder.Build(builder.Node("MatMul", [builder.Node("MatMul", [input, weight]), weight])));
        Assert.Single(module.parameters());
        var x = randn(3, 4);
        module.forward(x).sum().backward();
        var reference = module.Weights["shared"].detach().clone().requires_grad_();
        x.mm(reference).mm(reference).sum().backward();
        Assert.True(module.Weights["shared"].grad!.allclose(reference.grad!, 1e-5));
    }

    [Fact]
    public void Bounds_and_the_normalisation_of_inputs_are_not_trained()
    {
        var builder = new Models();
        var value = builder.Node("Sub", [builder.Input(-1, 3, 4, 4), builder.Weight("mean", 1, 3, 1, 1)]);
        value = builder.Node("Div", [value, builder.Weight("deviation", 1, 0.1f, 1, 3, 1, 1)]);
        value = builder.Node("Mul", [value, builder.Weight("gain", 1, 0.1f, 3, 1, 1)]);
        value = builder.Node("Clip", [value, builder.Weight("low"), builder.Weight("high")]);
        using var module = new GraphModule(builder.Build(value));
        Assert.Equal(["gain"], module.Weights.Keys);
    }

    /// <summary>Tensors alive once what earlier tests dropped is finalised, so that a later count differs by new ones only.</summary>
    static long AliveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }

    [Fact]
    public void The_bias_and_the_scale_of_a_single_channel_are_trained()
    {
        var builder = new Models();
        var value = builder.Node("Conv", [builder.Input(-1, 2, 4, 4), builder.Weight("kernel", 1, 2, 1, 1), builder.Weight("bias", 1)]);
        value = builder.Node("Mul", [value, builder.Weight("number", 1)]);
        using var module = new GraphModule(builder.Build(builder.Node("PRelu", [value, builder.Weight("slope", 1)])));
        Assert.Equal(["bias", "kernel", "slope"], module.Weights.Keys.Order());
    }

    internal static (Tensor Input, Tensor Labels) Data()
    {
        manual_seed(5);
        return (randn(16, 3, 8, 8), randint(0, 4, [16]));
    }

    internal static float Step(GraphModule module, optim.Optimizer optimizer, Tensor input, Tensor labels)
    {
        using var scope = NewDisposeScope();
        module.train();
        optimizer.zero_grad();
        var loss = functional.cross_entropy(module.forward(input), labels);
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }

    static (GraphModule Module, List<float> Losses) Trained(int steps)
    {
        var module = new GraphModule(Models.SmallConvNet());
        var optimizer = optim.SGD(module.parameters(), 0.05, momentum: 0.9);
        var (input, labels) = Data();
        return (module, [.. Enumerable.Range(0, steps).Select(_ => Step(module, optimizer, input, labels))]);
    }
}
