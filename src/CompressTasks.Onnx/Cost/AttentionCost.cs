using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Multiply-accumulates of attention in one operator: every query element meets every key, and every output element sums over them. Masks
/// save nothing, since the scores that they hide are computed.
/// </summary>
static class AttentionCost
{
    /// <summary>Queries, keys, values and the past of keys (input 4), [B, heads, S, size] or [B, S, heads * size].</summary>
    public static long Standard(NodeProto node, Func<int, long[]> shape, long[] output)
    {
        var past = node.InputOrNull(4) is null ? 0 : shape(4)[2];
        return checked((Product(shape(0)) + Product(output)) * (shape(1)[^2] + past));
    }

    /// <summary>As said at <see cref="MicrosoftAttentionRules"/>; the past is input 6.</summary>
    public static long MultiHead(NodeProto node, Func<int, long[]> shape, long[] output)
    {
        var query = shape(0);
        var past = node.InputOrNull(6) is null ? 0 : shape(6)[2];
        if (query.Length == 5) return checked((Product(query) / 3 + Product(output)) * (query[1] + past));
        var key = shape(1);
        return checked((Product(query) + Product(output)) * ((key.Length == 4 ? key[2] : key[1]) + past));
    }

    /// <summary>Without a key the query holds all three; the past is input 3.</summary>
    public static long Grouped(NodeProto node, Func<int, long[]> shape, long[] output)
    {
        var past = node.InputOrNull(3) is null ? 0 : shape(3)[2];
        return checked(2 * Product(output) * (output[1] + past));
    }

    /// <summary>The projection to queries, keys and values, then the attention among them; the past is input 4.</summary>
    public static long Projecting(NodeProto node, Func<int, long[]> shape, long[] output)
    {
        var (input, weight) = (shape(0), shape(1));
        var past = node.InputOrNull(4) is null ? 0 : shape(4)[3];
        var queries = node.Ints("qkv_hidden_sizes")?[0] ?? weight[1] / 3;
        var positions = checked(input[0] * input[1]);
        return checked(positions * Product(weight) + positions * (queries + output[2]) * (input[1] + past));
    }

    static long Product(long[] lengths) => lengths.Aggregate(1L, (product, length) => checked(product * length));
}
