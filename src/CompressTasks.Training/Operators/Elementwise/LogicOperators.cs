using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Comparisons, logic and choice, element by element with broadcasting; on small integer tensors they stay in C#.</summary>
static class LogicOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Equal", Test((a, b) => a.eq(b), (a, b) => a == b));
        table.Add("Greater", Test((a, b) => a.gt(b), (a, b) => a > b));
        table.Add("GreaterOrEqual", Test((a, b) => a.ge(b), (a, b) => a >= b));
        table.Add("Less", Test((a, b) => a.lt(b), (a, b) => a < b));
        table.Add("LessOrEqual", Test((a, b) => a.le(b), (a, b) => a <= b));
        table.Add("And", Test((a, b) => a.logical_and(b), (a, b) => a != 0 && b != 0));
        table.Add("Or", Test((a, b) => a.logical_or(b), (a, b) => a != 0 || b != 0));
        table.Add("Xor", Test((a, b) => a.logical_xor(b), (a, b) => (a != 0) != (b != 0)));
        table.Add("Not", (_, _) => Not);
        table.Add("IsInf", IsInfinite);
        table.Add("Where", (_, _) => Where);
    }

    static KernelFactory Test(Func<Tensor, Tensor, Tensor> tensors, Func<long, long, bool> integers) => (_, _) => arguments =>
        arguments.AllIntegers
            ? IntegerTensor.Combine(arguments.IntegerTensor(0), arguments.IntegerTensor(1), (a, b) => integers(a, b) ? 1 : 0, ScalarType.Bool)
            : tensors(arguments.Tensor(0), arguments.Tensor(1));

    static Outputs Not(Arguments arguments) =>
        arguments[0].Integers is { } kept ? kept.Select(value => value == 0 ? 1 : 0) : arguments.Tensor(0).logical_not();

    static Kernel IsInfinite(NodeProto node, int opset)
    {
        var (negative, positive) = (node.Int("detect_negative", 1) != 0, node.Int("detect_positive", 1) != 0);
        return arguments =>
        {
            var infinite = arguments.Tensor(0).isinf();
            if (!negative) infinite = infinite.logical_and(arguments.Tensor(0).gt(0));
            return positive ? infinite : infinite.logical_and(arguments.Tensor(0).lt(0));
        };
    }

    static Outputs Where(Arguments arguments)
    {
        if (!arguments.AllIntegers) return where(arguments.Tensor(0), arguments.Tensor(1), arguments.Tensor(2));
        var (condition, yes, no) = (arguments.IntegerTensor(0), arguments.IntegerTensor(1), arguments.IntegerTensor(2));
        var shape = Broadcasting.Shape(condition.Shape, Broadcasting.Shape(yes.Shape, no.Shape));
        var (choices, first, second) = (condition.Expand(shape).Values, yes.Expand(shape).Values, no.Expand(shape).Values);
        return new IntegerTensor(shape, [.. choices.Select((choice, i) => choice != 0 ? first[i] : second[i])], yes.Type);
    }
}
