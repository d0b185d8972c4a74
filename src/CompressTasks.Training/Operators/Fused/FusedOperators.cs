using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Convolutions, matrix products and activations as ONNX Runtime's optimiser fuses them (domain com.microsoft).</summary>
static class FusedOperators
{
    /// <summary>The slope of the sigmoid that approximates GELU.</summary>
    const float QuickSlope = 1.702f;

    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add(OperatorRegistry.Microsoft("FusedConv"), Convolution);
        table.Add(OperatorRegistry.Microsoft("FusedGemm"), Gemm);
        table.Add(OperatorRegistry.Microsoft("FusedMatMul"), MatMul);
        table.Add(OperatorRegistry.Microsoft("Gelu"), (_, _) => arguments => functional.gelu(arguments.Tensor(0)));
        table.Add(OperatorRegistry.Microsoft("BiasGelu"), (_, _) => arguments => functional.gelu(arguments.Tensor(0) + arguments.Tensor(1)));
        table.Add(OperatorRegistry.Microsoft("FastGelu"), (_, _) => FastGelu);
        table.Add(OperatorRegistry.Microsoft("QuickGelu"), QuickGelu);
    }

    /// <summary>A convolution, to which input 3 is added before the activation.</summary>
    static Kernel Convolution(NodeProto node, int opset)
    {
        var convolution = ConvolutionOperators.Convolution(node, opset);
        var activation = FusedActivation.Of(node, node.Text("activation", ""), node.Floats("activation_params") ?? []);
        return arguments =>
        {
            var result = convolution(arguments).Values[0].Tensor!;
            return activation(arguments.OptionalTensor(3) is { } addend ? result + addend : result);
        };
    }

    static Kernel Gemm(NodeProto node, int opset)
    {
        var product = MatrixOperators.Gemm(node, opset);
        float[] parameters = [.. new[] { "activation_alpha", "activation_beta" }.TakeWhile(node.Has).Select(name => node.Float(name, 0))];
        var activation = FusedActivation.Of(node, node.Text("activation", ""), parameters);
        return arguments => activation(product(arguments).Values[0].Tensor!);
    }

    /// <summary>With transBatch the first axis counts rows and goes behind the batch axes, before trans swaps the last two.</summary>
    static Kernel MatMul(NodeProto node, int opset)
    {
        var alpha = node.Float("alpha", 1);
        Tensor Operand(Tensor operand, string side)
        {
            if (operand.dim() < 2) return operand;
            if (node.Int($"transBatch{side}", 0) != 0) operand = operand.movedim([0], [operand.dim() - 2]);
            return node.Int($"trans{side}", 0) != 0 ? operand.transpose(-1, -2) : operand;
        }

        return arguments =>
        {
            var product = MatrixOperators.Product(Operand(arguments.Tensor(0), "A"), Operand(arguments.Tensor(1), "B"));
            return alpha == 1 ? product : product * alpha;
        };
    }

    static Outputs FastGelu(Arguments arguments)
    {
        var input = arguments.OptionalTensor(1) is { } bias ? arguments.Tensor(0) + bias : arguments.Tensor(0);
        return ActivationOperators.GeluByTanh(input);
    }

    static Kernel QuickGelu(NodeProto node, int opset)
    {
        double slope = node.Float("alpha", QuickSlope);
        return arguments => arguments.Tensor(0) * (arguments.Tensor(0) * slope).sigmoid();
    }
}
