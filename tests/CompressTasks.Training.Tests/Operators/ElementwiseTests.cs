using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

public class ElementwiseTests
{
    [Theory]
    [InlineData("Add")]
    [InlineData("Sub")]
    [InlineData("Mul")]
    [InlineData("Div")]
    [InlineData("Min")]
    [InlineData("Max")]
    [InlineData("Sum")]
    [InlineData("Mean")]
    public void Arithmetic_broadcasts(string name)
    {
        new OperatorCase(name).Input([2, 3, 4]).Input([2, 3, 4], 0.5f, 2).Agrees();
        new OperatorCase(name).Input([2, 3, 4]).Weight([3, 1], 0.5f, 2).Agrees();
        new OperatorCase(name).Input([4]).Input([2, 1, 1], 0.5f, 2).Agrees();
        new OperatorCase(name).Input([2, 3]).Scalar(0.5f).Agrees();
    }

    [Theory]
    [InlineData("Min")]
    [InlineData("Max")]
    [InlineData("Sum")]
    [InlineData("Mean")]
    public void Several_inputs_at_once(string name) => new OperatorCase(name).Input([2, 3]).Input([3]).Input([2, 1]).Input([1]).Agrees();

    [Theory]
    [InlineData("Sqrt")]
    [InlineData("Exp")]
    [InlineData("Log")]
    [InlineData("Reciprocal")]
    [InlineData("Sin")]
    [InlineData("Cos")]
    [InlineData("Tan")]
    [InlineData("Asin")]
    [InlineData("Acos")]
    [InlineData("Atan")]
    [InlineData("Sinh")]
    [InlineData("Cosh")]
    [InlineData("Asinh")]
    [InlineData("Atanh")]
    public void Functions(string name) => new OperatorCase(name).Input([3, 7], 0.1f, 0.9f).Agrees();

    [Theory]
    [InlineData("Abs")]
    [InlineData("Neg")]
    [InlineData("Sign")]
    [InlineData("Floor")]
    [InlineData("Ceil")]
    [InlineData("Round")]
    public void Functions_of_sign_and_rounding(string name)
    {
        new OperatorCase(name).Input([3, 7], -4, 4).Agrees();
        new OperatorCase(name).Feed(tensor(new[] { -2.5f, -1.5f, -0.5f, 0f, 0.5f, 1.5f, 2.5f })).Agrees();
    }

    [Fact]
    public void Acosh() => new OperatorCase("Acosh").Input([8], 1.1f, 4).Agrees();

    [Fact]
    public void Powers()
    {
        new OperatorCase("Pow").Input([2, 3], 0.1f, 2).Input([2, 3], -2, 2).Agrees();
        new OperatorCase("Pow").Input([2, 3], -2, 2).Scalar(2f).Agrees();
        new OperatorCase("Pow").Input([2, 3], -2, 2).Scalar(3L).Agrees();
    }

    [Fact]
    public void Remainders_take_the_sign_that_fmod_says()
    {
        new OperatorCase("Mod").Input([5, 5], -4, 4).Input([5], 0.5f, 2).With("fmod", 1).Agrees();
        new OperatorCase("Mod").Feed(tensor(new long[] { -7, 7, -7, 7, 6 })).Feed(tensor(new long[] { 3, 3, -3, -3, 2 })).Agrees(type: DataType.Int64);
    }

    [Fact]
    public void Integers_divide_towards_zero() =>
        new OperatorCase("Div").Feed(tensor(new long[] { -7, 7, -7, 7 })).Feed(tensor(new long[] { 2, 2, -2, -2 })).Agrees(type: DataType.Int64);

    [Theory]
    [InlineData("Equal", 13)]
    [InlineData("Greater", 13)]
    [InlineData("GreaterOrEqual", 16)]
    [InlineData("Less", 13)]
    [InlineData("LessOrEqual", 16)]
    public void Comparisons(string name, int opset)
    {
        using var scope = NewDisposeScope();
        new OperatorCase(name, opset).Feed(tensor(new[] { 1f, 2f, 3f, 4f }).reshape(2, 2)).Feed(tensor(new[] { 1f, 5f })).Agrees(type: DataType.Bool);
        new OperatorCase(name, opset).Feed(tensor(new long[] { 1, 2, 3 })).Scalar(2L).Agrees(type: DataType.Bool);
    }

    [Theory]
    [InlineData("And")]
    [InlineData("Or")]
    [InlineData("Xor")]
    public void Logic(string name) =>
        new OperatorCase(name).Feed(tensor(new[] { true, true, false, false })).Feed(tensor(new[] { true, false, true, false })).Agrees(type: DataType.Bool);

    [Fact]
    public void Choices_and_negation()
    {
        using var scope = NewDisposeScope();
        new OperatorCase("Not").Feed(tensor(new[] { true, false })).Agrees(type: DataType.Bool);
        new OperatorCase("Where").Feed(tensor(new[] { true, false, true }).reshape(3, 1)).Input([3, 4]).Input([4]).Agrees();
        var special = tensor(new[] { 1f, float.NaN, float.PositiveInfinity, float.NegativeInfinity });
        new OperatorCase("IsNaN").Feed(special).Agrees(type: DataType.Bool);
        new OperatorCase("IsInf").Feed(special).Agrees(type: DataType.Bool);
        new OperatorCase("IsInf").Feed(special).With("detect_negative", 0).Agrees(type: DataType.Bool);
        new OperatorCase("IsInf").Feed(special).With("detect_positive", 0).Agrees(type: DataType.Bool);
    }
}
