using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Functions, arithmetic, comparisons and logic, element by element.</summary>
static class ElementwiseSweep
{
    static readonly (string Name, double Low, double High)[] Functions =
    [
        ("Abs", -1, 1), ("Neg", -1, 1), ("Exp", -2, 2), ("Sin", -4, 4), ("Cos", -4, 4), ("Tan", -1.2, 1.2), ("Sinh", -2, 2), ("Cosh", -2, 2),
        ("Asinh", -3, 3), ("Atan", -3, 3), ("Erf", -2, 2), ("Sqrt", 0.2, 4), ("Log", 0.2, 4), ("Reciprocal", 0.4, 3), ("Asin", -0.9, 0.9),
        ("Acos", -0.9, 0.9), ("Atanh", -0.9, 0.9), ("Acosh", 1.2, 4),
    ];

    public static void AddTo(SweepTable table)
    {
        foreach (var (name, low, high) in Functions) table.Add(name, _ => Shapes.Select(shape => new NodeCase().Between(low, high, shape)));
        foreach (var name in new[] { "Floor", "Ceil", "Round", "Sign" })
        {
            table.Add(name, _ => [new NodeCase().Numbers(-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5), .. Shapes.Select(shape => new NodeCase().Between(-3, 3, shape))], gradient: false);
        }

        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0, -1];
        table.Add("IsNaN", _ => Of(new NodeCase().Numbers(odd)), gradient: false);
        table.Add("IsInf", _ => from negative in Flags from positive in Flags select new NodeCase().Numbers(odd).With("detect_negative", negative).With("detect_positive", positive), gradient: false);
        AddArithmetic(table);
        AddTests(table);
    }

    static void AddArithmetic(SweepTable table)
    {
        foreach (var name in new[] { "Add", "Sub", "Mul" }) table.Add(name, _ => Broadcasts.Select(pair => new NodeCase().Data(pair.Left).Data(pair.Right)));
        table.Add("Div", _ => Broadcasts.Select(pair => new NodeCase().Between(-3, 3, pair.Left).Between(0.5, 2, pair.Right)));
        table.Add("Pow", opset => Broadcasts.Select(pair => new NodeCase().Between(0.3, 2, pair.Left).Between(0.2, 2, pair.Right)).Concat(opset < 12 ? [] :
        [
            new NodeCase().Data(2, 3).FedLongs([3], 0, 2, 3), new NodeCase().Indices(DataType.Int64, -3, 3, 2, 3).FedLongs([3], 0, 2, 3), new NodeCase().Data(2, 3).LongsOf([], 2), new NodeCase().Indices(DataType.Int32, -3, 3, 2, 3).Between(0, 2.4, 3),
        ]), integers: false);
        table.Add("Mod", _ => Broadcasts.Select(pair => new NodeCase().Between(-3, 3, pair.Left).Between(0.7, 2, pair.Right).With("fmod", 1)).Concat(
            from type in new[] { DataType.Int64, DataType.Int32 }
            from low in new[] { -5, 1 }
            from fmod in Flags
            select new NodeCase().Indices(type, -9, 9, 2, 7).Indices(type, low, low + 4 - (low < 0 ? 0 : 1), 1).With("fmod", fmod)));
        foreach (var name in new[] { "Min", "Max", "Sum", "Mean" })
        {
            table.Add(name, opset =>
            [
                new NodeCase().Data(2, 3).Data(2, 3), new NodeCase().Data(4), new NodeCase().Data(2, 3).Data(2, 3).Data(2, 3),
                .. opset < 8 ? [] : Broadcasts.Select(pair => new NodeCase().Data(pair.Left).Data(pair.Right)),
                .. opset < 8 ? [] : Of(new NodeCase().Data(2, 1, 4).Data(3, 1).Data()),
            ]);
        }
    }

    static void AddTests(SweepTable table)
    {
        foreach (var name in new[] { "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual" })
        {
            table.Add(name, opset => Broadcasts.Select(pair => name == "Equal" && opset < 11
                ? new NodeCase().Indices(DataType.Int64, -2, 2, pair.Left).Indices(DataType.Int64, -2, 2, pair.Right)
                : new NodeCase().Coarse(pair.Left).Coarse(pair.Right)), gradient: false);
        }

        foreach (var name in new[] { "And", "Or", "Xor" }) table.Add(name, _ => Broadcasts.Select(pair => new NodeCase().Bools(pair.Left).Bools(pair.Right)), gradient: false);
        table.Add("Not", _ => Shapes.Select(shape => new NodeCase().Bools(shape)), gradient: false);
        table.Add("Where", _ => Broadcasts.SelectMany(pair => Of(new NodeCase().Bools(pair.Left).Data(pair.Right).Data(pair.Left), new NodeCase().Bools(pair.Right).Data(pair.Left).Data())));
    }
}
