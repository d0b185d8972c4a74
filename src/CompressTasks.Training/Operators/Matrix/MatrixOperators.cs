using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Matrix products.</summary>
static class MatrixOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Gemm", Gemm);
        table.Add("Einsum", Einsum);
        table.Add("MatMul", (_, _) => arguments => Product(arguments.Tensor(0), arguments.Tensor(1)));
    }

    public static Kernel Gemm(NodeProto node, int opset)
    {
        var (alpha, beta) = (node.Float("alpha", 1), node.Float("beta", 1));
        var (transposeLeft, transposeRight) = (node.Int("transA", 0) != 0, node.Int("transB", 0) != 0);
        return arguments =>
        {
            var (left, right, addend) = (arguments.Tensor(0), arguments.Tensor(1), arguments.OptionalTensor(2));
            if (transposeLeft) left = left.transpose(0, 1);
            if (transposeRight) right = right.transpose(0, 1);
            if (addend is not null) return addmm(addend, left, right, beta, alpha);
            var product = mm(left, right);
            return alpha == 1 ? product : product * alpha;
        };
    }

    static Kernel Einsum(NodeProto node, int opset)
    {
        var equation = node.Text("equation", "");
        return arguments => einsum(equation, [.. arguments.Tensors()]);
    }

    /// <summary>NumPy's matmul. Shapes are checked here because libtorch's own check ends the process.</summary>
    public static Tensor Product(Tensor left, Tensor right)
    {
        var (a, b) = (left.shape, right.shape);
        var fits = a.Length > 0 && b.Length > 0 && a[^1] == b[b.Length > 1 ? ^2 : ^1];
        if (!fits)
        {
            throw OperatorErrors.Mismatch($"{Broadcasting.Text(a)} and {Broadcasting.Text(b)} cannot be multiplied as matrices");
        }

        if (a.Length > 2 && b.Length > 2) _ = Broadcasting.Shape(a.AsSpan(0, a.Length - 2), b.AsSpan(0, b.Length - 2));
        return left.matmul(right);
    }
}
