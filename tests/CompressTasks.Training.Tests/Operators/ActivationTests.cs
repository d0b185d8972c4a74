namespace CompressTasks.Training.Tests.Operators;

public class ActivationTests
{
    [Theory]
    [InlineData("Relu", 13)]
    [InlineData("Sigmoid", 13)]
    [InlineData("Tanh", 13)]
    [InlineData("HardSwish", 14)]
    [InlineData("HardSigmoid", 13)]
    [InlineData("Softplus", 13)]
    [InlineData("Softsign", 13)]
    [InlineData("Mish", 18)]
    [InlineData("LeakyRelu", 13)]
    [InlineData("Elu", 13)]
    [InlineData("Celu", 13)]
    [InlineData("Selu", 13)]
    [InlineData("Gelu", 20)]
    [InlineData("ThresholdedRelu", 13)]
    [InlineData("Shrink", 13)]
    [InlineData("Erf", 13)]
    [InlineData("Swish", 24)]
    public void Activations_with_their_defaults(string name, int opset) => new OperatorCase(name, opset).Input([3, 4, 5], -5, 5).Agrees();

    [Theory]
    [InlineData("LeakyRelu", "alpha", 0.3f)]
    [InlineData("Elu", "alpha", 0.7f)]
    [InlineData("Celu", "alpha", 1.7f)]
    [InlineData("Selu", "gamma", 1.3f)]
    [InlineData("Selu", "alpha", 1.2f)]
    [InlineData("HardSigmoid", "alpha", 0.3f)]
    [InlineData("HardSigmoid", "beta", 0.1f)]
    [InlineData("ThresholdedRelu", "alpha", 0.4f)]
    [InlineData("Shrink", "lambd", 1.5f)]
    [InlineData("Shrink", "bias", 0.5f)]
    public void Activations_with_an_attribute(string name, string attribute, float value) =>
        new OperatorCase(name).Input([3, 4, 5], -4, 4).With(attribute, value).Agrees();

    [Fact]
    public void Gelu_by_the_hyperbolic_tangent() => new OperatorCase("Gelu", 20).Input([3, 40], -5, 5).With("approximate", "tanh").Agrees();

    [Theory]
    [InlineData(new long[] { 3, 1, 1 })]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 3, 4, 5 })]
    public void PRelu_with_slopes_of_any_shape(long[] slope) => new OperatorCase("PRelu").Input([2, 3, 4, 5]).Weight(slope).Agrees();

    [Fact]
    public void Clip_by_attributes_and_by_inputs()
    {
        new OperatorCase("Clip", 6).Input([4, 5], -3, 3).With("min", -1f).With("max", 2f).Agrees();
        new OperatorCase("Clip", 6).Input([4, 5], -3, 3).With("min", -1f).Agrees();
        new OperatorCase("Clip", 13).Input([4, 5], -3, 3).Scalar(-1f).Scalar(2f).Agrees();
        new OperatorCase("Clip", 13).Input([4, 5], -3, 3).Scalar(0.5f).Agrees();
        new OperatorCase("Clip", 13).Input([4, 5], -3, 3).Omitted().Scalar(0.5f).Agrees();
        new OperatorCase("Clip", 13).Input([4, 5], -3, 3).Agrees();
    }

    [Theory]
    [InlineData("Softmax")]
    [InlineData("LogSoftmax")]
    [InlineData("Hardmax")]
    public void Softmax_before_and_since_operator_set_13(string name)
    {
        foreach (var opset in new[] { 11, 13 })
        {
            new OperatorCase(name, opset).Input([2, 3, 4], -3, 3).Agrees();
            new OperatorCase(name, opset).Input([2, 3, 4], -3, 3).With("axis", 1).Agrees();
            new OperatorCase(name, opset).Input([2, 3, 4], -3, 3).With("axis", 0).Agrees();
            new OperatorCase(name, opset).Input([2, 3, 4], -3, 3).With("axis", -1).Agrees();
        }
    }
}
