using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Convolutions and matrix products in fewer bits: inputs and weights are rounded, the product is computed, and its result is float32 again (Micikevicius et al.,
/// "Mixed Precision Training", 2018). Gradients take the same way back, so that those of weights arrive in float32.
/// </summary>
static class LowPrecision
{
    public static bool Suits(NodeProto node) => node.Is("Conv") || node.Is("ConvTranspose") || node.Is("Gemm") || node.Is("MatMul");

    /// <summary>The kernel, which does so where the run asks for it.</summary>
    public static Kernel Over(Kernel kernel) => arguments =>
    {
        if (arguments.Context.Products is not { } type) return kernel(arguments);
        var values = new Value[arguments.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i];
            if (values[i].IsAbsent) continue;
            if (values[i] is not { Tensor: { dtype: ScalarType.Float32 } tensor, QuantizedAs: null }) return kernel(arguments);
            values[i] = tensor.to(type);
        }

        return new Outputs(Array.ConvertAll(kernel(new Arguments(values, arguments.Context)).Values, value => (Value)value.Tensor!.to(ScalarType.Float32)));
    };
}
