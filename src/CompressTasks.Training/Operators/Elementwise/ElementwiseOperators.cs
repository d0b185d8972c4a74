using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Arithmetic element by element with broadcasting; on small integer tensors it stays in C#.</summary>
static class ElementwiseOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Add", Binary((a, b) => a + b, (a, b) => a + b));
        table.Add("Sub", Binary((a, b) => a - b, (a, b) => a - b));
        table.Add("Mul", Binary((a, b) => a * b, (a, b) => a * b));
        table.Add("Div", Binary(Divide, Divide));
        table.Add("Pow", (_, _) => arguments => Power(arguments.Tensor(0), arguments.Tensor(1)));
        table.Add("Mod", Remainder);
        table.Add("Min", Several(minimum, Math.Min));
        table.Add("Max", Several(maximum, Math.Max));
        table.Add("Sum", Several((a, b) => a + b, (a, b) => a + b));
        table.Add("Mean", (_, _) => arguments => arguments.Tensors().Aggregate((a, b) => a + b) / arguments.Count);
        table.Add("Neg", Unary(input => input.neg(), value => -value));
        table.Add("Abs", Unary(input => input.abs(), Math.Abs));
        table.Add("Sign", Unary(input => input.sign(), value => Math.Sign(value)));
        AddFunctions(table);
    }

    static void AddFunctions(Dictionary<string, KernelFactory> table)
    {
        var functions = new Dictionary<string, Func<Tensor, Tensor>>
        {
            ["Sqrt"] = input => input.sqrt(),
            ["Exp"] = input => input.exp(),
            ["Log"] = input => input.log(),
            ["Reciprocal"] = input => input.reciprocal(),
            ["Floor"] = input => input.floor(),
            ["Ceil"] = input => input.ceil(),
            ["Round"] = input => input.round(),
            ["Erf"] = input => input.erf(),
            ["Sin"] = input => input.sin(),
            ["Cos"] = input => input.cos(),
            ["Tan"] = input => input.tan(),
            ["Asin"] = input => input.asin(),
            ["Acos"] = input => input.acos(),
            ["Atan"] = input => input.atan(),
            ["Sinh"] = input => input.sinh(),
            ["Cosh"] = input => input.cosh(),
            ["Asinh"] = input => input.asinh(),
            ["Acosh"] = input => input.acosh(),
            ["Atanh"] = input => input.atanh(),
            ["IsNaN"] = input => input.isnan(),
        };
        foreach (var (name, function) in functions) table.Add(name, (_, _) => arguments => function(arguments.Tensor(0)));
    }

    static KernelFactory Unary(Func<Tensor, Tensor> tensors, Func<long, long> integers) => (_, _) => arguments =>
        arguments[0].Integers is { } kept ? kept.Select(integers) : tensors(arguments.Tensor(0));

    static KernelFactory Binary(Func<Tensor, Tensor, Tensor> tensors, Func<long, long, long> integers) => (_, _) => arguments =>
        arguments.AllIntegers
            ? IntegerTensor.Combine(arguments.IntegerTensor(0), arguments.IntegerTensor(1), integers)
            : tensors(arguments.Tensor(0), arguments.Tensor(1));

    static KernelFactory Several(Func<Tensor, Tensor, Tensor> tensors, Func<long, long, long> integers) => (_, _) => arguments =>
        arguments.AllIntegers
            ? Enumerable.Range(0, arguments.Count).Select(arguments.IntegerTensor).Aggregate((a, b) => IntegerTensor.Combine(a, b, integers))
            : arguments.Tensors().Aggregate(tensors);

    /// <summary>Integers divide towards zero.</summary>
    static Tensor Divide(Tensor left, Tensor right) => left.is_floating_point() ? left / right : left.div(right, RoundingMode.trunc);

    static long Divide(long left, long right) => left / right;

    /// <summary>The result has the base's type, whatever the exponent's.</summary>
    static Tensor Power(Tensor value, Tensor exponent)
    {
        var result = value.pow(exponent);
        return result.dtype == value.dtype ? result : result.to(value.dtype);
    }

    /// <summary>With fmod the sign is the dividend's, without it the divisor's.</summary>
    static Kernel Remainder(NodeProto node, int opset)
    {
        if (node.Int("fmod", 0) != 0) return arguments => arguments.Tensor(0).fmod(arguments.Tensor(1));
        return Binary((a, b) => a.remainder(b), (a, b) => (a % b + b) % b)(node, opset);
    }
}
