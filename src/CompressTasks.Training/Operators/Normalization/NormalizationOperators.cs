using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace CompressTasks.Training;

/// <summary>Batch, instance, layer, group, root-mean-square, local response and Lp normalisation.</summary>
static class NormalizationOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("BatchNormalization", Batch);
        table.Add("InstanceNormalization", Instance);
        table.Add("LayerNormalization", Layer);
        table.Add("GroupNormalization", Group);
        table.Add("RMSNormalization", RootMeanSquare);
        table.Add("SimplifiedLayerNormalization", RootMeanSquare);
        table.Add("LRN", LocalResponse);
        table.Add("MeanVarianceNormalization", MeanVariance);
        table.Add("LpNormalization", Lp);
    }

    /// <summary>
    /// In training mode the batch's own statistics normalise it and the running ones move towards them by 1 - momentum. The variance that
    /// normalises is the population's, the one that is stored is the unbiased estimate, as libtorch and the exporters' frameworks do it.
    /// </summary>
    static Kernel Batch(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", 1e-5f), momentum = node.Float("momentum", 0.9f);
        return arguments =>
        {
            var (input, context) = (arguments.Tensor(0), arguments.Context);
            var isTraining = context.Training && !context.Statistics.IsFrozen(node);
            if (isTraining && input.numel() == input.shape[1])
            {
                throw OperatorErrors.Mismatch("the statistics of a single value per channel cannot normalise it; use a larger batch");
            }

            var rate = isTraining ? context.Statistics.UpdateRate(node, momentum) : 0;
            return functional.batch_norm(
                input, arguments.Tensor(3), arguments.Tensor(4), arguments.Tensor(1), arguments.Tensor(2), isTraining, rate, epsilon);
        };
    }

    static Kernel Instance(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", 1e-5f);
        return arguments => functional.instance_norm(
            arguments.Tensor(0), weight: arguments.Tensor(1), bias: arguments.Tensor(2), use_input_stats: true, eps: epsilon);
    }

    static Kernel Layer(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", 1e-5f);
        var attribute = node.Int("axis", -1);
        var asksStatistics = node.OutputOrNull(1) is not null || node.OutputOrNull(2) is not null;
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var shape = input.shape;
            var axis = Axes.Wrap(attribute, shape.Length);
            var result = LayerNormalised(input, shape[axis..], arguments.Tensor(1), arguments.OptionalTensor(2), epsilon);
            if (!asksStatistics) return result;
            var axes = Axes.From(axis, shape.Length);
            // Statistics are of single precision (stash_type), whatever the input is.
            input = input.to(ScalarType.Float32);
            var mean = input.mean(axes, keepdim: true);
            return new Outputs(result, mean, ((input - mean).square().mean(axes, keepdim: true) + epsilon).rsqrt());
        };
    }

    static Tensor LayerNormalised(Tensor input, long[] normalised, Tensor scale, Tensor? bias, double epsilon)
    {
        if (scale.shape.SequenceEqual(normalised) && (bias is null || bias.shape.SequenceEqual(normalised)))
        {
            return functional.layer_norm(input, normalised, scale, bias, epsilon);
        }

        var result = functional.layer_norm(input, normalised, null, null, epsilon) * scale;
        return bias is null ? result : result + bias;
    }

    /// <summary>Scale and bias hold one number per group up to operator set 20 and one per channel since.</summary>
    static Kernel Group(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", 1e-5f);
        var groups = node.Int("num_groups", 1);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var (scale, bias) = (arguments.Tensor(1), arguments.Tensor(2));
            if (opset < 21)
            {
                var perGroup = input.shape[1] / groups;
                (scale, bias) = (scale.repeat_interleave(perGroup), bias.repeat_interleave(perGroup));
            }

            return functional.group_norm(input, groups, scale, bias, epsilon);
        };
    }

    static Kernel RootMeanSquare(NodeProto node, int opset)
    {
        double epsilon = node.Float("epsilon", 1e-5f);
        var attribute = node.Int("axis", -1);
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var rank = input.shape.Length;
            var square = input.square().mean(Axes.From(Axes.Wrap(attribute, rank), rank), keepdim: true);
            var inverse = (square + epsilon).rsqrt();
            return new Outputs(input * inverse * arguments.Tensor(1), inverse);
        };
    }

    static Kernel LocalResponse(NodeProto node, int opset)
    {
        double alpha = node.Float("alpha", 1e-4f), beta = node.Float("beta", 0.75f), bias = node.Float("bias", 1);
        var size = node.Int("size", 1);
        return arguments => functional.local_response_norm(arguments.Tensor(0), size, alpha, beta, bias);
    }

    static Kernel MeanVariance(NodeProto node, int opset)
    {
        var axes = node.Ints("axes") ?? [0, 2, 3];
        return arguments =>
        {
            var input = arguments.Tensor(0);
            var centred = input - input.mean(axes, keepdim: true);
            return centred / (centred.square().mean(axes, keepdim: true).sqrt() + 1e-9);
        };
    }

    static Kernel Lp(NodeProto node, int opset)
    {
        var (attribute, power) = (node.Int("axis", -1), node.Int("p", 2));
        return arguments => arguments.Tensor(0) / linalg.vector_norm(arguments.Tensor(0), power, [attribute], keepdim: true);
    }
}
