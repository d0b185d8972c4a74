using CompressTasks.Onnx;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training.Tests.Operators;

/// <summary>Rounding to integers and back, and operators on integers, which ONNX Runtime computes.</summary>
public class QuantizationTests
{
    [Theory]
    [InlineData(DataType.Uint8)]
    [InlineData(DataType.Int8)]
    [InlineData(DataType.Int16)]
    [InlineData(DataType.Uint16)]
    public void QuantizeLinear(DataType type)
    {
        new OperatorCase("QuantizeLinear", 21).Input([2, 3, 4], -30, 30).Scalar(0.1f).Constant(Filled(type, [], 7)).Agrees(type: type);
        new OperatorCase("QuantizeLinear", 21).Input([2, 3, 4], -30, 30).Floats(0.1f, 0.2f, 0.15f).Constant(Filled(type, [3], 3)).With("axis", 1).Agrees(type: type);
        new OperatorCase("QuantizeLinear", 21).Input([2, 3, 6], -9, 9).Weight([2, 3, 2], 0.1f, 0.2f).With("axis", 2).With("block_size", 3).With("output_dtype", (long)type).Agrees(type: type);
    }

    [Fact]
    public void Halves_are_rounded_to_even() =>
        new OperatorCase("QuantizeLinear").Feed(tensor([0.5f, 1.5f, 2.5f, -0.5f, 300f, -4f])).Scalar(1f).Agrees(type: DataType.Uint8);

    [Fact]
    public void DequantizeLinear()
    {
        new OperatorCase("DequantizeLinear").Feed(arange(24, ScalarType.Byte).reshape(2, 3, 4)).Scalar(0.1f).Constant(Filled(DataType.Uint8, [], 7)).Agrees();
        new OperatorCase("DequantizeLinear").Feed(arange(24, ScalarType.Int8).reshape(2, 3, 4)).Floats(0.1f, 0.2f, 0.3f, 0.4f).With("axis", -1).Agrees();
        new OperatorCase("DequantizeLinear").Feed(arange(6, ScalarType.Int32)).Scalar(0.1f).Agrees();
        new OperatorCase("DequantizeLinear", 21).Feed(arange(24, ScalarType.Int8).reshape(4, 6)).Weight([2, 6], 0.1f, 1).With("axis", 0).With("block_size", 2).Agrees();
    }

    [Fact]
    public void Operators_on_integers()
    {
        new OperatorCase("DynamicQuantizeLinear").Input([3, 4]).Outputs(DataType.Uint8, DataType.Float, DataType.Uint8).Agrees();
        var left = arange(12, ScalarType.Byte).reshape(3, 4);
        new OperatorCase("MatMulInteger").Feed(left).Constant(Filled(DataType.Int8, [4, 5], 3)).Constant(Filled(DataType.Uint8, [], 2)).Agrees(type: DataType.Int32);
        new OperatorCase("ConvInteger").Feed(arange(50, ScalarType.Byte).reshape(1, 2, 5, 5)).Constant(Filled(DataType.Uint8, [3, 2, 3, 3], 1)).Agrees(type: DataType.Int32);
        new OperatorCase("QLinearMatMul").Feed(left).Scalar(0.1f).Constant(Filled(DataType.Uint8, [], 2)).Constant(Filled(DataType.Int8, [4, 5], 3)).Scalar(0.2f).Constant(Filled(DataType.Int8, [], 0))
            .Scalar(0.3f).Constant(Filled(DataType.Uint8, [], 5)).Agrees(type: DataType.Uint8);
        new OperatorCase("QLinearConv").Feed(arange(50, ScalarType.Byte).reshape(1, 2, 5, 5)).Scalar(0.1f).Constant(Filled(DataType.Uint8, [], 2)).Constant(Filled(DataType.Int8, [3, 2, 3, 3], 3)).Scalar(0.2f)
            .Constant(Filled(DataType.Int8, [], 0)).Scalar(0.3f).Constant(Filled(DataType.Uint8, [], 5)).Agrees(type: DataType.Uint8);
        new OperatorCase("QLinearAdd", domain: "com.microsoft").Feed(left).Scalar(0.1f).Constant(Filled(DataType.Uint8, [], 2)).Feed(left).Scalar(0.2f).Constant(Filled(DataType.Uint8, [], 0))
            .Scalar(0.3f).Constant(Filled(DataType.Uint8, [], 5)).Agrees(type: DataType.Uint8);
    }

    [Fact]
    public void A_network_of_rounded_weights_and_activations_agrees_and_trains()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var b = new ModelBuilder();
        var zero = b.Initializer(Filled(DataType.Uint8, [], 128));
        string Rounded(string x) => b.Node("DequantizeLinear", [b.Node("QuantizeLinear", [x, b.Scalar(0.02f), zero]), b.Scalar(0.02f), zero]);
        var stored = b.Node("DequantizeLinear", [b.Initializer(Filled(DataType.Int8, [4, 3, 3, 3], 9)), b.Weight("scales", [4], [0.01f, 0.02f, 0.03f, 0.04f]), b.Initializer(Filled(DataType.Int8, [4], 0))], new { axis = 0 });
        var x = b.Relu(b.Node("Conv", [Rounded(b.Input("x", "N", 3, 6, 6)), stored]));
        var y = b.Gemm(b.Flatten(Rounded(x)), 2);
        var trained = b.RandomWeight("trained", [2, 2], 2, 1);
        var model = b.Build(b.Node("MatMul", [y, Rounded(trained)]));

        OnnxRuntimeOracle.AssertAgrees(model, [rand(2, 3, 6, 6)]);
        using var module = new GraphModule(model);
        Assert.Empty(module.RuntimeNodes);
        using var input = rand(2, 3, 6, 6).requires_grad_();
        module.forward(input).square().sum().backward();
        Assert.True(input.grad!.abs().sum().item<float>() > 0);
        Assert.All(module.Weights, weight => Assert.NotNull(weight.Value.grad));
    }

    [Fact]
    public void Gradients_pass_straight_through_rounding_and_stop_where_values_are_cut_off()
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder();
        var zero = b.Initializer(Filled(DataType.Int8, [], 0));
        var rounded = b.Node("QuantizeLinear", [b.Input("x", 3), b.Scalar(0.1f), zero]);
        using var module = new GraphModule(b.Build(b.Node("DequantizeLinear", [rounded, b.Scalar(0.1f), zero])));
        using var input = tensor([0.234f, -3.21f, 100f]).requires_grad_();
        var output = module.forward(input);
        output.sum().backward();
        Assert.Equal([0.2f, -3.2f, 12.7f], OnnxRuntimeOracle.Flat(output), (expected, actual) => Math.Abs(expected - actual) < 1e-5);
        Assert.Equal([1f, 1f, 0f], OnnxRuntimeOracle.Flat(input.grad!), (expected, actual) => Math.Abs(expected - actual) < 1e-5);
        Assert.Equal(ScalarType.Int8, module.Run([input], [rounded])[0].dtype);
    }

    static Onnx.Schema.TensorProto Filled(DataType type, long[] shape, byte value)
    {
        var count = shape.Aggregate(1L, (product, length) => product * length);
        var width = ElementTypes.Bits(type) / 8;
        var bytes = new byte[count * width];
        for (var i = 0; i < bytes.Length; i += width) bytes[i] = value;
        return TensorData.FromBytes("", type, shape, bytes);
    }
}
