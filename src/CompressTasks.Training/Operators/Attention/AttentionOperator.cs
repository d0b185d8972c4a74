using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Attention of operator sets 23 and 24: queries, keys and values [batch, heads, length, size] or [batch, length, heads * size], a mask that
/// is added (numbers) or kept (booleans), keys and values of the past.
/// </summary>
static class AttentionOperator
{
    public static void AddTo(Dictionary<string, KernelFactory> table) => table.Add("Attention", Attention);

    static Kernel Attention(NodeProto node, int opset)
    {
        if (node.OutputOrNull(3) is not null) throw OperatorErrors.UnsupportedForm(node, "the output of scores");
        if (node.InputOrNull(6) is not null) throw OperatorErrors.UnsupportedForm(node, "lengths of keys without padding");
        var (queryHeads, keyHeads) = (node.Int("q_num_heads", 0), node.Int("kv_num_heads", 0));
        var isCausal = node.Int("is_causal", 0) != 0;
        double scale = node.Float("scale", 0), softcap = node.Float("softcap", 0);
        return arguments =>
        {
            var isJoined = arguments.Tensor(0).dim() == 3;
            var query = Heads(arguments.Tensor(0), queryHeads);
            var (key, value) = (Heads(arguments.Tensor(1), keyHeads), Heads(arguments.Tensor(2), keyHeads));
            var past = 0L;
            if (arguments.OptionalTensor(4) is { } pastKeys)
            {
                past = pastKeys.shape[2];
                (key, value) = (cat([pastKeys, key], 2), cat([arguments.Tensor(5), value], 2));
            }

            var bias = arguments.OptionalTensor(3) is { } mask ? Bias(mask, query, key.shape[2]) : null;
            if (isCausal)
            {
                var causal = ScaledDotProduct.CausalBias(query, query.shape[2], key.shape[2], past, double.NegativeInfinity);
                bias = bias is null ? causal : bias + causal;
            }

            var result = ScaledDotProduct.Attend(query, key, value, scale, bias, softcap);
            return new Outputs(isJoined ? ScaledDotProduct.Join(result) : result, key, value);
        };
    }

    static Tensor Heads(Tensor input, long heads) => input.dim() == 4 ? input : ScaledDotProduct.Split(input, heads);

    /// <summary>A mask that is shorter than the keys hides those beyond it.</summary>
    static Tensor Bias(Tensor mask, Tensor query, long keys)
    {
        var bias = mask.dtype == ScalarType.Bool ? zeros(mask.shape, query.dtype, query.device).masked_fill(mask.logical_not(), double.NegativeInfinity) : mask;
        var missing = keys - bias.shape[^1];
        return missing > 0 && bias.shape[^1] > 1 ? Padding.Constant(bias, [0], [missing], double.NegativeInfinity) : bias;
    }
}
