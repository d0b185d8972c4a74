using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Pruning.Tests;

/// <summary>Networks with 8-bit weights, as constants behind DequantizeLinear or in operators of their own.</summary>
static class QuantizedGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["quantised weights per channel"] = b =>
        {
            var x = b.Relu(b.Node("Conv", [NastyGraphs.Image(b), Dequantized(b, 8, 3, 3, 3), b.RandomWeight("bias", [8], 1, 1)]));
            x = Requantized(b, x);
            return [NastyGraphs.Head(b, b.Node("Conv", [x, Dequantized(b, 6, 8, 1, 1)]))];
        },
        ["integer convolution and product"] = b =>
        {
            var x = Quantized(b, b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1)));
            x = b.Node("Cast", [b.Node("ConvInteger", [x, Bytes(b, 6, 8, 3, 3)])], new { to = (int)DataType.Float });
            x = Quantized(b, b.Flatten(b.GlobalAveragePool(b.Mul(x, b.RandomWeight("scale", [6, 1, 1], 1, 0.01)))));
            x = b.Node("Cast", [b.Node("MatMulInteger", [x, Bytes(b, 6, 7)])], new { to = (int)DataType.Float });
            return [b.MatMul(x, 3)];
        },
        ["weights of four bits (21)"] = b =>
        {
            var x = b.Relu(b.MatMul(NastyGraphs.Tokens(b), 9));
            // Rows of an odd number of elements, so that two of them share a byte.
            var weight = b.Node("DequantizeLinear", [Nibbles(b, 9, 7), Scales(b, 7)], new { axis = 1 });
            return [b.MatMul(b.Relu(b.Node("MatMul", [x, weight])), 3)];
        },
        ["product with quantised output"] = b =>
        {
            var x = Quantized(b, b.Relu(b.MatMul(NastyGraphs.Tokens(b), 8)));
            x = b.Node("QLinearMatMul", [x, b.Scalar(0.02f), Zero(b), Bytes(b, 8, 6), Scales(b, 6), Zeros(b, 6), b.Scalar(0.05f), Zero(b)]);
            return [b.MatMul(b.Node("DequantizeLinear", [x, b.Scalar(0.05f), Zero(b)]), 4)];
        },
        ["convolution with quantised output"] = b =>
        {
            var x = Quantized(b, b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1)));
            var bias = b.Initializer(TensorData.FromBytes("bias", DataType.Int32, [6], new byte[24]));
            x = b.Node("QLinearConv", [x, b.Scalar(0.02f), Zero(b), Bytes(b, 6, 8, 3, 3), Scales(b, 6), Zeros(b, 6), b.Scalar(0.05f), Zero(b), bias]);
            return [NastyGraphs.Head(b, b.Conv(b.Node("DequantizeLinear", [x, b.Scalar(0.05f), Zero(b)]), 4, 1))];
        },
    };

    static string Dequantized(ModelBuilder b, params long[] shape) => b.Node("DequantizeLinear", [Bytes(b, shape), Scales(b, shape[0]), Zeros(b, shape[0])], new { axis = 0 });

    static string Quantized(ModelBuilder b, string x) => b.Node("QuantizeLinear", [x, b.Scalar(0.02f), Zero(b)]);

    static string Requantized(ModelBuilder b, string x) => b.Node("DequantizeLinear", [Quantized(b, x), b.Scalar(0.02f), Zero(b)]);

    static string Scales(ModelBuilder b, long count) => b.Weight("scales", [count], [.. Enumerable.Range(1, (int)count).Select(i => 0.002f * i)]);

    static string Zero(ModelBuilder b) => b.Initializer(TensorData.FromBytes("zero", DataType.Uint8, [], [0]));

    static string Zeros(ModelBuilder b, long count) => b.Initializer(TensorData.FromBytes("zeros", DataType.Int8, [count], new byte[count]));

    static string Nibbles(ModelBuilder b, params long[] shape)
    {
        var packed = new byte[(shape.Aggregate(1L, (product, length) => product * length) + 1) / 2];
        new Random(packed.Length).NextBytes(packed);
        packed[^1] &= 0xf;
        return b.Initializer(TensorData.FromBytes("weight", DataType.Int4, shape, packed));
    }

    static string Bytes(ModelBuilder b, params long[] shape)
    {
        var values = new byte[shape.Aggregate(1L, (product, length) => product * length)];
        new Random(values.Length).NextBytes(values);
        return b.Initializer(TensorData.FromBytes("weight", DataType.Int8, shape, values));
    }
}
