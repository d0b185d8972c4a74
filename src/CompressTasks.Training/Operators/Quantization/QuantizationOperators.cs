using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Training;

/// <summary>
/// Rounding to 8- and 16-bit integers and back, with one scale for the tensor, for each index of an axis, or for each block of an axis.
/// Gradients pass through the rounding as if it were not there (Bengio et al., 2013), and stop where values are cut off.
/// </summary>
static class QuantizationOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("QuantizeLinear", Quantize);
        table.Add("DequantizeLinear", Dequantize);
        table.Add(OperatorRegistry.Microsoft("QuantizeLinear"), Quantize);
        table.Add(OperatorRegistry.Microsoft("DequantizeLinear"), Dequantize);
    }

    static Kernel Quantize(NodeProto node, int opset)
    {
        var (axis, block) = (node.Int("axis", 1), node.Int("block_size", 0));
        var declared = (DataType)node.Int("output_dtype", 0);
        var type = declared == DataType.Undefined ? ScalarType.Byte : IntegerType(node, declared);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var scale = Spread(arguments.Tensor(1), input, axis, block);
            var target = arguments.Has(2) ? arguments[2].Integers?.Type ?? arguments.Tensor(2).dtype : type;
            var (low, high) = Range(target);
            var scaled = input / scale;
            var rounded = (scaled.round() - scaled).detach() + scaled;
            if (arguments.Has(2)) rounded = rounded + Spread(arguments.Tensor(2), input, axis, block).to(input.dtype);
            return Value.Quantized(rounded.clamp(low, high), target);
        };
    }

    static Kernel Dequantize(NodeProto node, int opset)
    {
        var (axis, block) = (node.Int("axis", 1), node.Int("block_size", 0));
        return arguments =>
        {
            // What was just rounded is still there as numbers that have a history.
            var source = arguments[0];
            var scale = arguments.Tensor(1);
            var input = source.QuantizedAs is null ? arguments.Tensor(0).to(scale.dtype) : source.Tensor!;
            if (arguments.Has(2)) input = input - Spread(arguments.Tensor(2), input, axis, block).to(input.dtype);
            return input * Spread(scale, input, axis, block);
        };
    }

    /// <summary>A number for each index of the axis, or for each block of indices, in a shape that broadcasts to the input.</summary>
    static Tensor Spread(Tensor values, Tensor input, long axis, long block)
    {
        if (values.numel() == 1) return values.reshape([]);
        var rank = (int)input.dim();
        var at = Axes.Wrap(axis, rank);
        if (block > 0) return values.repeat_interleave(block, at).narrow(at, 0, input.shape[at]);
        return values.reshape([-1, .. Enumerable.Repeat(1L, rank - at - 1)]);
    }

    static ScalarType IntegerType(NodeProto node, DataType type) => type switch
    {
        DataType.Uint8 or DataType.Int8 or DataType.Uint16 or DataType.Int16 => TorchTensors.ScalarTypeOf(type),
        _ => throw OperatorErrors.UnsupportedForm(node, $"the type {type}"),
    };

    /// <summary>16 bits without sign are held in 32 bits with one.</summary>
    static (double Low, double High) Range(ScalarType type) => type switch
    {
        ScalarType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ScalarType.Int16 => (short.MinValue, short.MaxValue),
        ScalarType.Int32 => (ushort.MinValue, ushort.MaxValue),
        _ => (byte.MinValue, byte.MaxValue),
    };
}
