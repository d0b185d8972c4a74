using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Sums and embeddings together with the normalisation over features that follows them (domain com.microsoft).</summary>
static class FusedNormalizationOperators
{
    const float Epsilon = 1e-12f;

    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add(OperatorRegistry.Microsoft("SkipLayerNormalization"), Skip);
        table.Add(OperatorRegistry.Microsoft("SkipSimplifiedLayerNormalization"), SkipSimplified);
        table.Add(OperatorRegistry.Microsoft("EmbedLayerNormalization"), Embed);
    }

    /// <summary>Input, skip, scale, shift, bias; the sum that is normalised is output 3.</summary>
    static Kernel Skip(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", Epsilon);
        return arguments =>
        {
            var sum = Sum(arguments, 4);
            var (mean, inverse) = Statistics(node, sum, epsilon);
            return new Outputs(Normalized(sum, arguments.Tensor(2), arguments.OptionalTensor(3), epsilon), mean, inverse, sum);
        };
    }

    /// <summary>Input, skip, scale, bias: the root mean square divides, nothing is subtracted.</summary>
    static Kernel SkipSimplified(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", Epsilon);
        return arguments =>
        {
            var sum = Sum(arguments, 3);
            var inverse = (sum.square().mean([-1], keepdim: true) + epsilon).rsqrt();
            return new Outputs(sum * inverse * arguments.Tensor(2), default, inverse, sum);
        };
    }

    static Tensor Sum(Arguments arguments, int bias)
    {
        var sum = arguments.Tensor(0) + arguments.Tensor(1);
        return arguments.OptionalTensor(bias) is { } addend ? sum + addend : sum;
    }

    static (Tensor? Mean, Tensor? Inverse) Statistics(NodeProto node, Tensor sum, double epsilon)
    {
        if (node.OutputOrNull(1) is null && node.OutputOrNull(2) is null) return default;
        return (sum.mean([-1], keepdim: true), (sum.var([-1], unbiased: false, keepdim: true) + epsilon).rsqrt());
    }

    static Tensor Normalized(Tensor input, Tensor scale, Tensor? shift, double epsilon) =>
        functional.layer_norm(input, scale.shape, scale, shift, epsilon);

    /// <summary>
    /// Token ids, segment ids, tables of words, positions and segments, scale, shift, mask and position ids. Outputs: the normalised sum,
    /// the number of tokens before the padding of each sequence, the sum.
    /// </summary>
    static Kernel Embed(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", Epsilon);
        return arguments =>
        {
            var ids = arguments.Tensor(0);
            var (batch, length) = (ids.shape[0], ids.shape[1]);
            var positions = arguments.OptionalTensor(8) ?? arange(length, ScalarType.Int64, ids.device).expand(batch, length);
            var sum = Rows(arguments.Tensor(2), ids) + Rows(arguments.Tensor(3), positions);
            if (arguments.OptionalTensor(1) is { } segments) sum = sum + Rows(arguments.Tensor(4), segments);
            var tokens = arguments.OptionalTensor(7) is { } mask
                ? mask.to(ScalarType.Int32).sum([1], type: ScalarType.Int32)
                : zeros([batch], ScalarType.Int32, ids.device);
            return new Outputs(Normalized(sum, arguments.Tensor(5), arguments.Tensor(6), epsilon), tokens, sum);
        };
    }

    static Tensor Rows(Tensor table, Tensor indices) =>
        table.index_select(0, indices.to(ScalarType.Int64).flatten()).reshape(indices.shape[0], indices.shape[1], -1);
}
