using CompressTasks.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Graph;

public class GraphModuleTests
{
    [Fact]
    public void A_convolutional_network_agrees_with_ONNX_Runtime()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        OnnxRuntimeOracle.AssertAgrees(Models.SmallConvNet(), [randn(5, 3, 8, 8)]);
        OnnxRuntimeOracle.AssertAgrees(Models.ResNet(1), [randn(3, 3, 32, 32)]);
    }

    [Fact]
    public void Intermediate_values_are_returned_by_name()
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(Models.SmallConvNet());
        module.eval();
        var results = module.Run([randn(2, 3, 8, 8)], ["value2", "fc.bias", "value2", "input0"]);
        Assert.Equal([2, 8, 8, 8], results[0].shape);
        Assert.Equal([4], results[1].shape);
        Assert.True(results[0].allclose(results[2]));
        Assert.Equal([2, 3, 8, 8], results[3].shape);
        Assert.Throws<ModelException>(() => module.Run([zeros(2, 3, 8, 8)], ["nothing"]));
    }

    [Theory]
    [InlineData(3, 8, 8)]
    [InlineData(2, 4, 8, 8)]
    [InlineData(2, 3, 8, 9)]
    [InlineData(2, 3, 8, 8, 1)]
    public void Inputs_of_another_shape_are_refused(params int[] shape)
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(Models.SmallConvNet());
        var error = Assert.Throws<TrainingException>(() => module.forward(zeros([.. shape.Select(length => (long)length)])));
        Assert.Equal(TrainingException.DataShape, error.Code);
        Assert.Contains("input0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_operator_that_cannot_run_is_named_with_its_node()
    {
        var builder = new Models();
        var model = builder.Build(builder.Node("NonMaxSuppression", [builder.Input(1, 2)]));
        var error = Assert.Throws<ModelException>(() => new GraphModule(model));
        Assert.Equal(ModelException.UnsupportedOperator, error.Code);
        Assert.Contains("NonMaxSuppression.0", error.Message, StringComparison.Ordinal);

        builder = new Models();
        model = builder.Build(builder.Node("Unheard", [builder.Input(1, 2)], node => node.Domain = "com.example"));
        model.Proto.OpsetImport.Add(new Onnx.Schema.OperatorSetIdProto { Domain = "com.example", Version = 1 });
        error = Assert.Throws<ModelException>(() => new GraphModule(model));
        Assert.Equal(ModelException.UnsupportedOperator, error.Code);
        Assert.Contains("com.example.Unheard", error.Message, StringComparison.Ordinal);
    }
}
