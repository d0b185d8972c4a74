using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Graph;

public class ChannelsLastTests
{
    [Fact]
    public void Kernels_of_convolutional_networks_lie_channels_last_and_keep_their_values()
    {
        using var scope = NewDisposeScope();
        var model = Models.SmallConvNet();
        using var module = new GraphModule(model);
        var weight = module.Weights["block.weight"];
        Assert.Equal([72, 1, 24, 8], weight.stride());
        Assert.Equal(Onnx.TensorData.ToFloats(model.Graph.Initializer.First(initializer => initializer.Name == "block.weight")), OnnxRuntimeOracle.Flat(weight));
        var before = model.Proto.ToString();
        module.WriteBack();
        Assert.Equal(before, model.Proto.ToString());
    }

    [Fact]
    public void Grouped_networks_keep_the_usual_order()
    {
        var builder = new Models();
        var value = builder.Node("Conv", [builder.Input(-1, 4, 6, 6), builder.Weight("depthwise", 4, 1, 3, 3)], node => Onnx.NodeAttributes.Set(node, "group", 4L));
        using var module = new GraphModule(builder.Build(value));
        Assert.Equal([9, 9, 3, 1], module.Weights["depthwise"].stride());
    }

    [Fact]
    public void An_input_that_wants_a_gradient_gets_one()
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(Models.SmallConvNet());
        module.eval();
        var input = randn(2, 3, 8, 8).requires_grad_();
        module.forward(input).sum().backward();
        Assert.True(input.grad!.abs().max().item<float>() > 0);
    }

    [Fact]
    public void Moving_to_another_type_moves_weights_buffers_and_constants_alike()
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(Models.SmallConvNet());
        module.eval();
        var input = randn(2, 3, 8, 8);
        var single = module.forward(input);
        module.to(ScalarType.Float64);
        var wide = module.forward(input.to(ScalarType.Float64));
        Assert.Equal(ScalarType.Float64, wide.dtype);
        Assert.True(wide.to(ScalarType.Float32).allclose(single, 1e-4, 1e-5));
        Assert.Equal(ScalarType.Float64, module.Weights["fc.weight"].dtype);
    }
}
