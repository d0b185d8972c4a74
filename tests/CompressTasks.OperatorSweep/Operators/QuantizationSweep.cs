using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Rounding to eight bits and back; sixteen are compared on their own, since nothing here feeds them.</summary>
static class QuantizationSweep
{
    static readonly DataType[] Bytes = [DataType.Uint8, DataType.Int8];

    public static void AddTo(SweepTable table)
    {
        table.Add(
            "QuantizeLinear",
            opset =>
                from type in Bytes
                from axis in opset < 13 ? [null] : new int?[] { null, 0, 1, -1 }
                let shape = axis is null ? Array.Empty<long>() : [Shape[axis.Value < 0 ? ^1 : axis.Value]]
                select new NodeCase().Between(-30, 30, Shape).Then(one => Scales(one, shape)).Indices(type, 3, 9, shape).With("axis", axis),
            gradient: false,
            integers: false);
        table.Add(
            "DequantizeLinear",
            opset =>
                from type in Bytes
                from axis in opset < 13 ? [null] : new int?[] { null, 0, 1, -1 }
                let shape = axis is null ? Array.Empty<long>() : [Shape[axis.Value < 0 ? ^1 : axis.Value]]
                from hasZero in Flags
                select new NodeCase().Indices(type, 0, 100, Shape).Then(one => Scales(one, shape)).Then(one => hasZero ? one.Indices(type, 3, 9, shape) : one).With("axis", axis),
            gradient: false,
            integers: false);
    }

    static long[] Shape => [3, 4, 5];

    static NodeCase Scales(NodeCase one, long[] shape) => one.Between(0.1, 0.4, shape);
}
