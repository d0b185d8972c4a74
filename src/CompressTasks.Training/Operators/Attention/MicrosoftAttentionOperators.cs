using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Self-attention with its projection, and attention between projected sequences, as ONNX Runtime fuses them.</summary>
static class MicrosoftAttentionOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add(OperatorRegistry.Microsoft("Attention"), Attention);
        table.Add(OperatorRegistry.Microsoft("MultiHeadAttention"), MultiHead);
    }

    /// <summary>Input [batch, length, features], weight [features, q + k + v], bias, mask, past, addend of the scores.</summary>
    static Kernel Attention(NodeProto node, int opset)
    {
        if (node.InputOrNull(4) is not null || node.OutputOrNull(1) is not null) throw OperatorErrors.UnsupportedForm(node, "keys of the past");
        if (node.Int("do_rotary", 0) != 0) throw OperatorErrors.UnsupportedForm(node, "rotary embeddings");
        var (heads, sizes) = (node.Int("num_heads", 1), node.Ints("qkv_hidden_sizes"));
        var scores = new Scores(node);
        return arguments =>
        {
            var weight = arguments.Tensor(1);
            var projected = MatrixOperators.Product(arguments.Tensor(0), weight);
            if (arguments.OptionalTensor(2) is { } bias) projected = projected + bias;
            var third = weight.shape[1] / 3;
            Tensor[] parts = [.. projected.split(sizes ?? [third, third, third], -1).Select(part => ScaledDotProduct.Split(part, heads))];
            return ScaledDotProduct.Join(scores.Attend(parts[0], parts[1], parts[2], arguments.OptionalTensor(3), arguments.OptionalTensor(5), past: 0));
        };
    }

    /// <summary>
    /// Query, key, value, bias of all three, mask of keys, addend of the scores, keys and values of the past. Query may be all three as
    /// [batch, length, heads, 3, size], key also value as [batch, keys, heads, 2, size], and both may come as heads already.
    /// </summary>
    static Kernel MultiHead(NodeProto node, int opset)
    {
        if (node.InputOrNull(8) is not null || node.OutputOrNull(3) is not null) throw OperatorErrors.UnsupportedForm(node, "shared buffers or the output of scores");
        var heads = node.Int("num_heads", 1);
        var scores = new Scores(node);
        return arguments =>
        {
            var (query, key, value) = Operands(arguments, heads);
            var past = 0L;
            if (arguments.OptionalTensor(6) is { } pastKeys)
            {
                past = pastKeys.shape[2];
                (key, value) = (cat([pastKeys, key], 2), cat([arguments.Tensor(7), value], 2));
            }

            var result = scores.Attend(query, key, value, arguments.OptionalTensor(4), arguments.OptionalTensor(5), past);
            return new Outputs(ScaledDotProduct.Join(result), key, value);
        };
    }

    static (Tensor Query, Tensor Key, Tensor Value) Operands(Arguments arguments, long heads)
    {
        var query = arguments.Tensor(0);
        if (query.dim() == 5)
        {
            var parts = query.unbind(3).Select(part => part.flatten(2)).ToArray();
            return Biased(arguments, parts[0], parts[1], parts[2], heads);
        }

        var key = arguments.Tensor(1);
        if (key.dim() == 5)
        {
            var parts = key.unbind(3).Select(part => part.flatten(2)).ToArray();
            return Biased(arguments, query, parts[0], parts[1], heads);
        }

        return Biased(arguments, query, key, arguments.Tensor(2), heads);
    }

    static (Tensor Query, Tensor Key, Tensor Value) Biased(Arguments arguments, Tensor query, Tensor key, Tensor value, long heads)
    {
        var isSplit = key.dim() == 4;
        if (arguments.OptionalTensor(3) is { } bias)
        {
            var width = query.shape[2];
            query = query + bias.narrow(0, 0, width);
            if (!isSplit) (key, value) = (key + bias.narrow(0, width, width), value + bias.narrow(0, 2 * width, bias.shape[0] - 2 * width));
        }

        query = ScaledDotProduct.Split(query, heads);
        return isSplit ? (query, key, value) : (query, ScaledDotProduct.Split(key, heads), ScaledDotProduct.Split(value, heads));
    }

    /// <summary>The attributes that say how scores become weights.</summary>
    sealed class Scores(NodeProto node)
    {
        readonly double scale = node.Float("scale", 0), masked = node.Float("mask_filter_value", -10000);
        readonly bool isCausal = node.Int("unidirectional", 0) != 0;

        public Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, Tensor? addend, long past)
        {
            var (length, keys) = (query.shape[2], key.shape[2]);
            var bias = mask is null ? null : MaskBias(mask, query, keys);
            if (isCausal) bias = Sum(bias, ScaledDotProduct.CausalBias(query, length, keys, past, double.NegativeInfinity));
            return ScaledDotProduct.Attend(query, key, value, scale, Sum(bias, addend));
        }

        static Tensor? Sum(Tensor? left, Tensor? right) => left is null ? right : right is null ? left : left + right;

        /// <summary>
        /// Masks are ends [batch], ends and starts [2 * batch], or 1 for what is kept: [batch, keys], [batch, length, keys].
        /// </summary>
        Tensor MaskBias(Tensor mask, Tensor query, long keys)
        {
            var batch = query.shape[0];
            Tensor kept;
            switch (mask.dim())
            {
                case 1 when mask.shape[0] == batch || mask.shape[0] == 2 * batch:
                    var positions = arange(keys, ScalarType.Int64, query.device);
                    kept = positions.lt(mask.narrow(0, 0, batch).unsqueeze(1));
                    if (mask.shape[0] > batch) kept = kept.logical_and(positions.ge(mask.narrow(0, batch, batch).unsqueeze(1)));
                    kept = kept.reshape(batch, 1, 1, keys);
                    break;
                case 2:
                    kept = mask.ne(0).unsqueeze(1).unsqueeze(1);
                    break;
                case 3:
                    kept = mask.ne(0).unsqueeze(1);
                    break;
                default:
                    throw OperatorErrors.Mismatch($"a mask {Broadcasting.Text(mask.shape)} cannot be applied");
            }

            return zeros(kept.shape, query.dtype, query.device).masked_fill(kept.logical_not(), masked);
        }
    }
}
