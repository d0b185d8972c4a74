using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Activation functions, element by element.</summary>
static class ActivationOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Relu", Plain(input => functional.relu(input)));
        table.Add("Sigmoid", Plain(input => input.sigmoid()));
        table.Add("Tanh", Plain(input => input.tanh()));
        table.Add("HardSwish", Plain(input => functional.hardswish(input)));
        table.Add("Softplus", Plain(input => functional.softplus(input)));
        table.Add("Softsign", Plain(input => functional.softsign(input)));
        table.Add("Mish", Plain(input => functional.mish(input)));
        table.Add("LeakyRelu", (node, _) => Of(node, "alpha", 0.01f, (input, slope) => functional.leaky_relu(input, slope)));
        table.Add("Elu", (node, _) => Of(node, "alpha", 1, (input, alpha) => functional.elu(input, alpha)));
        table.Add("Celu", (node, _) => Of(node, "alpha", 1, (input, alpha) => functional.celu(input, alpha)));
        table.Add("Swish", (node, _) => Of(node, "alpha", 1, (input, alpha) => input * (input * alpha).sigmoid()));
        table.Add("ThresholdedRelu", (node, _) => Of(node, "alpha", 1, (input, threshold) => input.masked_fill(input.le(threshold), 0)));
        table.Add("Selu", Selu);
        table.Add("Gelu", Gelu);
        table.Add("HardSigmoid", HardSigmoid);
        table.Add("Shrink", Shrink);
        table.Add("PRelu", (_, _) => arguments => ParametricRelu(arguments.Tensor(0), arguments.Tensor(1)));
        table.Add("Clip", Clip);
    }

    static KernelFactory Plain(Func<Tensor, Tensor> function) => (_, _) => arguments => function(arguments.Tensor(0));

    static Kernel Of(NodeProto node, string attribute, float otherwise, Func<Tensor, double, Tensor> function)
    {
        double parameter = node.Float(attribute, otherwise);
        return arguments => function(arguments.Tensor(0), parameter);
    }

    static Kernel Selu(NodeProto node, int opset)
    {
        double alpha = node.Float("alpha", 1.67326319f), gamma = node.Float("gamma", 1.05070102f);
        return arguments => functional.elu(arguments.Tensor(0), alpha) * gamma;
    }

    static Kernel Gelu(NodeProto node, int opset)
    {
        var approximation = node.Text("approximate", "none");
        if (approximation is not ("none" or "tanh")) throw OperatorErrors.UnsupportedForm(node, $"the approximation '{approximation}'");
        if (approximation == "none") return arguments => functional.gelu(arguments.Tensor(0));
        return arguments => GeluByTanh(arguments.Tensor(0));
    }

    public static Tensor GeluByTanh(Tensor input) => input * 0.5 * (((input + input.pow(3) * 0.044715) * Math.Sqrt(2 / Math.PI)).tanh() + 1);

    static Kernel HardSigmoid(NodeProto node, int opset)
    {
        double alpha = node.Float("alpha", 0.2f), beta = node.Float("beta", 0.5f);
        return arguments => (arguments.Tensor(0) * alpha + beta).clamp(0.0, 1.0);
    }

    static Kernel Shrink(NodeProto node, int opset)
    {
        double bias = node.Float("bias", 0), threshold = node.Float("lambd", 0.5f);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shrunk = where(input.lt(-threshold), input + bias, where(input.gt(threshold), input - bias, zeros_like(input)));
            return shrunk.to(input.dtype);
        };
    }

    /// <summary>The slope broadcasts to the input, so one number, one for each channel and one for each element are all the same here.</summary>
    static Tensor ParametricRelu(Tensor input, Tensor slope) => where(input.lt(0), input * slope, input);

    /// <summary>Bounds are attributes before operator set 11 and inputs since; either may be left out.</summary>
    static Kernel Clip(NodeProto node, int opset)
    {
        if (opset >= 11) return arguments => Clip(arguments.Tensor(0), arguments.OptionalTensor(1), arguments.OptionalTensor(2));
        double low = node.Float("min", float.MinValue), high = node.Float("max", float.MaxValue);
        return arguments => arguments.Tensor(0).clamp(low, high);
    }

    static Tensor Clip(Tensor input, Tensor? low, Tensor? high) => low is null && high is null ? input : clamp(input, low, high);
}
