using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Multiply-accumulates of one node by the textbook formula of its operator.</summary>
static class MultiplyAccumulates
{
    /// <summary>Operators of ONNX Runtime's own that multiply; the names of standard ones mean nothing in its domain.</summary>
    static readonly HashSet<string> Microsoft = new(StringComparer.Ordinal)
    {
        "FusedConv", "FusedGemm", "FusedMatMul", "Attention", "QAttention", "MultiHeadAttention", "GroupQueryAttention", "MatMulNBits", "MatMulIntegerToFloat", "DynamicQuantizeMatMul",
    };

    /// <exception cref="OverflowException">More than 64 bits can count.</exception>
    /// <exception cref="ModelException">CMP0006: a shape that the count needs is not known.</exception>
    public static long Of(NodeProto node, GraphShapes shapes, string? file)
    {
        if (node.Domain is not ("" or "ai.onnx") && !(node.Domain == "com.microsoft" && Microsoft.Contains(node.OpType))) return 0;
        long[] Shape(int input) => Known(node, node.Input[input], shapes, file);
        long[] Output() => Known(node, node.Output.First(output => output.Length > 0), shapes, file);
        return node.OpType switch
        {
            // Each output element sums over the kernel and the input channels of its group.
            "Conv" or "FusedConv" or "ConvInteger" or "DeformConv" => checked(Product(Output()) * Product(Shape(1).AsSpan(1))),
            "QLinearConv" => checked(Product(Output()) * Product(Shape(3).AsSpan(1))),
            // Each input element spreads over the kernel and the output channels of its group.
            "ConvTranspose" => checked(Product(Shape(0)) * Product(Shape(1).AsSpan(1))),
            "Gemm" or "FusedGemm" => checked(Product(Output()) * Shape(0)[node.Int("transA", 0) != 0 ? 0 : 1]),
            "MatMul" or "MatMulInteger" or "QLinearMatMul" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul" or "MatMulNBits" => checked(Product(Output()) * Shape(0)[^1]),
            "FusedMatMul" => checked(Product(Output()) * Shape(0)[Depth(node, Shape(0).Length)]),
            "Attention" when node.Domain is "" or "ai.onnx" => AttentionCost.Standard(node, Shape, Output()),
            "Attention" or "QAttention" => AttentionCost.Projecting(node, Shape, Output()),
            "MultiHeadAttention" => AttentionCost.MultiHead(node, Shape, Output()),
            "GroupQueryAttention" => AttentionCost.Grouped(node, Shape, Output()),
            "Einsum" => Einsum(node, Shape),
            "LSTM" => Recurrent(node, Shape, 4),
            "GRU" => Recurrent(node, Shape, 3),
            "RNN" => Recurrent(node, Shape, 1),
            _ => 0,
        };
    }

    /// <summary>The axis of the left operand that is summed over.</summary>
    static int Depth(NodeProto node, int rank) =>
        node.Int("transA", 0) == 0 ? rank - 1 : node.Int("transBatchA", 0) == 0 ? rank - 2 : 0;

    static long Einsum(NodeProto node, Func<int, long[]> shape)
    {
        var equation = EinsumEquation.Parse(node);
        var lengths = equation?.Lengths([.. Enumerable.Range(0, node.Input.Count).Select(input => Array.ConvertAll(shape(input), Dimension.Known))]);
        return lengths is null ? 0 : Dimension.Product(lengths.Values).Value;
    }

    /// <summary>Time x batch x directions x gates x H x (I + H), from W [D, gates*H, I].</summary>
    static long Recurrent(NodeProto node, Func<int, long[]> shape, long gates)
    {
        var (input, weight) = (shape(0), shape(1));
        var hidden = weight[1] / gates;
        return checked(input[0] * input[1] * weight[0] * gates * hidden * (weight[2] + hidden));
    }

    static long[] Known(NodeProto node, string value, GraphShapes shapes, string? file)
    {
        if (shapes.TryGetKnown(value, out var dimensions)) return dimensions;
        var known = shapes.Of(value) is { } shape ? $"[{string.Join(", ", shape)}]" : "of unknown rank";
        throw new ModelException(
            ModelException.Shape,
            $"The cost of node '{node.DisplayName()}' ({node.OpType}) cannot be counted: '{value}' is {known}.",
            file,
            "Give the lengths of the dynamic input axes, for example --shape input=1x3x224x224.");
    }

    static long Product(ReadOnlySpan<long> lengths)
    {
        long product = 1;
        foreach (var length in lengths) product = checked(product * length);
        return product;
    }
}
