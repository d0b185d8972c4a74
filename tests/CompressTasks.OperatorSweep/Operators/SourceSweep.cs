using CompressTasks.Onnx;
using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Reading sizes, making tensors out of sizes, changing the element type.</summary>
static class SourceSweep
{
    static readonly DataType[] Types = [DataType.Float, DataType.Double, DataType.Float16, DataType.Int64, DataType.Int32, DataType.Int8, DataType.Uint8, DataType.Bool];

    public static void AddTo(SweepTable table)
    {
        table.Add("Shape", opset =>
        [
            .. Shapes.Select(shape => new NodeCase().Data(shape)),
            .. opset < 15 ? [] : from start in new int?[] { null, 1, -2, 9 } from end in new int?[] { null, 2, -1, 0, 9 } select new NodeCase().Data(2, 3, 5).With("start", start).With("end", end),
        ], gradient: false);
        table.Add("Size", _ => Shapes.Select(shape => new NodeCase().Data(shape)), gradient: false);
        table.Add("Range", _ =>
        [
            .. from bounds in new (double, double, double)[] { (0, 5, 1), (1, 8, 3), (5, 0, -2), (3, 3, 1), (2, 0, 1) }
            select new NodeCase().Constant(bounds.Item1).Constant(bounds.Item2).Constant(bounds.Item3),
            new NodeCase().Between(0, 0.4).Between(3.1, 3.4).Between(0.5, 0.6),
        ], gradient: false);
        table.Add("ConstantOfShape", _ =>
            from shape in new long[][] { [2, 3], [], [0], [1, 1, 4] }
            from value in new[] { null, TensorData.FromFloats("", [1], [1.5f]), TensorData.FromLongs("", [1], [-3]), TensorData.FromBytes("", DataType.Bool, [1], [1]) }
            select new NodeCase().Longs(shape).With("value", value), gradient: false);
        table.Add("EyeLike", _ =>
            from shape in new long[][] { [3, 3], [2, 5], [4, 2] }
            from diagonal in new int?[] { null, 1, -1, 9 }
            from type in new DataType?[] { null, DataType.Double, DataType.Int64 }
            select new NodeCase().Data(shape).With("k", diagonal).With("dtype", type is { } given ? (int)given : null), gradient: false);
        table.Add("Trilu", _ =>
            from shape in new long[][] { [3, 3], [2, 3, 5], [4, 2] }
            from upper in new int?[] { null, 0, 1 }
            from diagonal in new int?[] { null, 0, 1, -1, 9 }
            select new NodeCase().Data(shape).Then(one => diagonal is { } k ? one.Long(k) : one).With("upper", upper));
        table.Add("Cast", _ =>
        [
            .. Types.Select(type => new NodeCase().Numbers(-2.7, -1, -0.3, 0, 0.5, 1.5, 3.9).With("to", (int)type)).Where((_, i) => Types[i] != DataType.Uint8),
            new NodeCase().Between(0, 9, 2, 3).With("to", (int)DataType.Uint8), new NodeCase().Data(2, 3).With("to", (int)DataType.Float), new NodeCase().Data(2, 3).With("to", (int)DataType.Double),
        ]);
        table.Add("CastLike", _ => from type in Types where type != DataType.Uint8 select new NodeCase().Between(-2, 2, 2, 3).Indices(type, 0, 1, 1));
    }
}
