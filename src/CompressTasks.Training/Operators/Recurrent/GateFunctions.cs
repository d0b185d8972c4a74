using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>The activation functions of recurrent layers, from the attributes activations, activation_alpha and activation_beta.</summary>
static class GateFunctions
{
    /// <summary>All functions of the node, those of one direction after those of the other.</summary>
    /// <param name="node">A recurrent layer.</param>
    /// <param name="usual">What one direction has by default.</param>
    /// <param name="directions">1 or 2.</param>
    public static Func<Tensor, Tensor>[] Of(NodeProto node, string[] usual, int directions)
    {
        var names = node.Attribute("activations")?.Strings.Select(name => name.ToStringUtf8()).ToArray()
            ?? [.. Enumerable.Repeat(usual, directions).SelectMany(name => name)];
        if (names.Length != usual.Length * directions)
        {
            throw OperatorErrors.UnsupportedForm(node, $"{names.Length} activations instead of {usual.Length * directions}");
        }

        // Parameters are given in turn to the functions that have some.
        var (alphas, betas) = (new Queue<float>(node.Floats("activation_alpha") ?? []), new Queue<float>(node.Floats("activation_beta") ?? []));
        return Array.ConvertAll(names, name => Function(node, name, alphas, betas));
    }

    static Func<Tensor, Tensor> Function(NodeProto node, string name, Queue<float> alphas, Queue<float> betas)
    {
        double Alpha(double otherwise) => alphas.TryDequeue(out var given) ? given : otherwise;
        double Beta(double otherwise) => betas.TryDequeue(out var given) ? given : otherwise;
        double alpha, beta;
        switch (name.ToUpperInvariant())
        {
            case "RELU": return input => functional.relu(input);
            case "TANH": return input => input.tanh();
            case "SIGMOID": return input => input.sigmoid();
            case "SOFTSIGN": return input => functional.softsign(input);
            case "SOFTPLUS": return input => functional.softplus(input);
            case "AFFINE":
                (alpha, beta) = (Alpha(1), Beta(0));
                return input => input * alpha + beta;
            case "LEAKYRELU":
                alpha = Alpha(0.01);
                return input => functional.leaky_relu(input, alpha);
            case "THRESHOLDEDRELU":
                alpha = Alpha(1);
                return input => input.masked_fill(input.lt(alpha), 0);
            case "SCALEDTANH":
                (alpha, beta) = (Alpha(1), Beta(1));
                return input => (input * beta).tanh() * alpha;
            case "HARDSIGMOID":
                (alpha, beta) = (Alpha(0.2), Beta(0.5));
                return input => (input * alpha + beta).clamp(0.0, 1.0);
            case "ELU":
                alpha = Alpha(1);
                return input => functional.elu(input, alpha);
            default: throw OperatorErrors.UnsupportedForm(node, $"the activation {name}");
        }
    }
}
