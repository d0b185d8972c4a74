using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Operators that work element by element: labels pass through, operands are tied index by index.</summary>
static class ElementwiseRules
{
    static readonly string[] Unary =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Dropout", "Elu", "Erf", "Exp",
        "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish", "Neg", "Not", "Reciprocal", "Relu", "Round",
        "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu",
    ];

    static readonly string[] Broadcast =
    [
        "Add", "And", "BitShift", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul", "Or", "Pow", "PRelu",
        "Sub", "Sum", "Where", "Xor",
    ];

    public static void AddTo(RuleTable table)
    {
        foreach (var name in Unary) table.Passes(name, PassThrough);
        foreach (var name in Broadcast) table.Passes(name, Operands);
        foreach (var name in (string[])["Gelu", "QuickGelu"]) table.Passes(RuleSet.Microsoft(name), PassThrough);
        foreach (var name in (string[])["BiasGelu", "FastGelu"]) table.Passes(RuleSet.Microsoft(name), Operands);
    }

    /// <summary>The first input's labels go to every output of the same shape; other inputs (bounds, ratios) are scalars.</summary>
    public static void PassThrough(NodeProto node, CouplingContext context)
    {
        var labels = context.Of(node.Input[0]);
        foreach (var output in node.Output)
        {
            if (output.Length > 0) context.Set(output, labels);
        }
    }

    static void Operands(NodeProto node, CouplingContext context) =>
        context.Set(
            node.Output[0],
            Broadcasting.Couple(
                node,
                context,
                context.Shape(node.Output[0]),
                [.. node.Input.Where(input => input.Length > 0).Select(input => new Broadcasting.Operand(context.Of(input), context.Shape(input)))]));
}
