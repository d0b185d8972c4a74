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
}
