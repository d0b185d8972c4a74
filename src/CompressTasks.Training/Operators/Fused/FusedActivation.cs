using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>The activation that ONNX Runtime's optimiser puts into the operator before it.</summary>
static class FusedActivation
{
    /// <param name="name">The activation's name as an ONNX operator; empty for none.</param>
    /// <param name="parameters">Its attributes in the order of the operator's description; missing ones have its defaults.</param>
    /// <exception cref="Onnx.ModelException">CMP0007 for any other activation.</exception>
    public static Func<Tensor, Tensor> Of(NodeProto node, string name, IReadOnlyList<float> parameters)
    {
        double At(int index, double otherwise) => index < parameters.Count ? parameters[index] : otherwise;
        return name switch
        {
            "" => input => input,
            "Relu" => input => functional.relu(input),
            "Tanh" => input => input.tanh(),
            "Sigmoid" => input => input.sigmoid(),
            "Softplus" => input => functional.softplus(input),
            "Softsign" => input => functional.softsign(input),
            "LeakyRelu" => input => functional.leaky_relu(input, At(0, 0.01)),
            "Elu" => input => functional.elu(input, At(0, 1)),
            "ThresholdedRelu" => input => input.masked_fill(input.le(At(0, 1)), 0),
            "HardSigmoid" => input => (input * At(0, 0.2) + At(1, 0.5)).clamp(0.0, 1.0),
            "Clip" => input => input.clamp(At(0, float.MinValue), At(1, float.MaxValue)),
            _ => throw OperatorErrors.UnsupportedForm(node, $"the activation '{name}'"),
        };
    }
}
