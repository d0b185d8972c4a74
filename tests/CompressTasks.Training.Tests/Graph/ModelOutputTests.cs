using CompressTasks.Onnx;

namespace CompressTasks.Training.Tests.Graph;

public class ModelOutputTests
{
    [Fact]
    public void Only_a_softmax_at_the_end_makes_probabilities()
    {
        var logits = new ModelBuilder();
        Assert.Equal(OutputKind.Values, ModelOutput.KindOf(logits.Build(logits.Relu(logits.Softmax(logits.Input("x", 2, 3))))));
        var probabilities = new ModelBuilder();
        Assert.Equal(OutputKind.Probabilities, ModelOutput.KindOf(probabilities.Build(probabilities.Softmax(probabilities.Input("x", 2, 3)))));
    }

    [Fact]
    public void Changes_of_shape_type_and_size_behind_it_do_not_count()
    {
        var softmax = new ModelBuilder();
        var value = softmax.Node("Softmax", [softmax.Input("x", 2, 3)]);
        foreach (var name in (string[])["Identity", "Flatten", "Dropout", "Transpose", "Squeeze"]) value = softmax.Node(name, [value]);
        Assert.Equal(OutputKind.Probabilities, ModelOutput.KindOf(softmax.Build(value)));
        var sigmoid = new ModelBuilder();
        Assert.Equal(OutputKind.IndependentProbabilities, ModelOutput.KindOf(sigmoid.Build(sigmoid.Node("Resize", [sigmoid.Node("Sigmoid", [sigmoid.Input("x", 2, 3)])]))));
        var relu = new ModelBuilder();
        Assert.Equal(OutputKind.Values, ModelOutput.KindOf(relu.Build(relu.Flatten(relu.Relu(relu.Node("Sigmoid", [relu.Input("x", 2, 3)]))))));
    }
}
