using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>
/// Quantised operators. Scales and zero points per channel go with their channel; weights of 8 bits are cut as others are.
/// </summary>
static class QuantizationRules
{
    public static void AddTo(RuleTable table)
    {
        table.Passes("QuantizeLinear", PerAxis, "not along a blocked axis");
        table.Passes("DequantizeLinear", PerAxis, "not along a blocked axis");
        table.Inexact("DynamicQuantizeLinear", WholeRange);
        table.Free("ConvInteger", (node, context) => Convolution(node, context, weight: 1, [3]));
        table.Free("QLinearConv", (node, context) => Convolution(node, context, weight: 3, [4, 5, 8]));
        table.Free("MatMulInteger", (node, context) => Matrix(node, context, right: 1, rows: [2], columns: [3]));
        table.Free("QLinearMatMul", (node, context) => Matrix(node, context, right: 3, rows: [1, 2], columns: [4, 5]));
    }

    static void PerAxis(NodeProto node, CouplingContext context)
    {
        context.Track(node.Input[0]);
        var input = context.Of(node.Input[0]);
        foreach (var name in node.Input.Skip(1).Where(name => name.Length > 0))
        {
            context.Track(name);
            var labels = context.Of(name);
            if (labels.Length == 1 && context.Shape(name)[0] > 1)
            {
                var axis = node.Int("axis", 1);
                var channels = input[axis < 0 ? axis + input.Length : axis];
                if (channels is not null || labels[0] is not null) context.Tie(channels, labels[0], node);
            }
            else if (labels.Length > 1)
            {
                foreach (var axis in input.Concat(labels)) context.Freeze(axis, new FreezeReason("quantised in blocks", node.DisplayName()));
            }
        }

        context.Set(node.Output[0], input);
        context.IsStoredAs(node.Output[0], node.Input[0]);
    }

    static void Convolution(NodeProto node, CouplingContext context, int weight, int[] vectors)
    {
        context.Track(node.Input[weight]);
        var filters = context.Of(node.Input[weight]);
        ConvolutionRules.Couple(node, context, node.Input[weight]);
        foreach (var operand in vectors) Vector(node, context, operand, filters[0]);
    }

    static void Matrix(NodeProto node, CouplingContext context, int right, int[] rows, int[] columns)
    {
        context.Track(node.Input[right]);
        MatrixRules.Product(node, context, node.Input[0], node.Input[right]);
        if (context.Of(node.Output[0]) is not [.., var row, var column]) return;
        foreach (var operand in rows) Vector(node, context, operand, row);
        foreach (var operand in columns) Vector(node, context, operand, column);
    }

    /// <summary>The scale comes from the least and greatest element of all.</summary>
    static void WholeRange(NodeProto node, CouplingContext context)
    {
        var input = context.Of(node.Input[0]);
        foreach (var axis in input) context.MarkInexact(axis, node, node.OpType);
        context.Set(node.Output[0], input);
    }

    /// <summary>A scale, zero point or bias: one number for all, or one per output channel.</summary>
    static void Vector(NodeProto node, CouplingContext context, int operand, int[]? channels)
    {
        if (node.InputOrNull(operand) is not { } name) return;
        context.Track(name);
        if (context.Of(name) is not { Length: 1 } labels || context.Shape(name)[0] == 1) return;
        if (labels[0] is not null || channels is not null) context.Tie(labels[0], channels, node);
    }
}
