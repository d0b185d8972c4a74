namespace CompressTasks.Onnx;

/// <summary>Attention as ONNX Runtime fuses it.</summary>
static class MicrosoftAttentionRules
{
    public static void AddTo(Action<string, Action<NodeInference>> add)
    {
        add("Attention", inference => Projecting(inference, inference.Type(0)));
        add("QAttention", inference => Projecting(inference, inference.Type(3)));
        add("MultiHeadAttention", MultiHead);
        add("GroupQueryAttention", Grouped);
    }

    /// <summary>Input [B, S, features] and weight [features, q + k + v]; output 1 is [2, B, heads, keys, size].</summary>
    static void Projecting(NodeInference inference, Schema.TensorProto.Types.DataType type)
    {
        if (inference.Shape(0) is not { Length: 3 } input || inference.Shape(1) is not { Length: 2 } weight)
        {
            inference.Output(0, type, null);
            return;
        }

        var sizes = inference.Node.Ints("qkv_hidden_sizes");
        if (sizes is { Length: not 3 }) throw inference.Contradiction($"has {sizes.Length} hidden sizes for queries, keys and values");
        if (input[2].IsKnown && weight[0].IsKnown && input[2] != weight[0])
        {
            throw inference.Contradiction($"projects {inference.Describe(0)} with {inference.Describe(1)}");
        }

        var values = sizes is null ? weight[1] / 3 : sizes[2];
        var heads = inference.Node.Int("num_heads", 0);
        if (heads < 1) throw inference.Contradiction("has no heads");
        inference.Output(0, type, [input[0], input[1], values]);
        var past = inference.HasInput(4) ? inference.Shape(4) is { Length: 5 } before ? before[3] : inference.Unknown() : 0;
        inference.Output(1, type, [2, input[0], heads, past + input[1], values / heads]);
    }

    /// <summary>
    /// Query [B, S, heads * size] or [B, S, heads, 3, size]; key [B, L, heads * size], [B, L, heads, 2, size] or [B, heads, L, size].
    /// </summary>
    static void MultiHead(NodeInference inference)
    {
        var type = inference.Type(0);
        var heads = inference.Node.Int("num_heads", 0);
        if (heads < 1) throw inference.Contradiction("has no heads");
        if (inference.Shape(0) is not { Length: 3 or 5 } query || (query.Length == 3 && inference.Shape(1) is null))
        {
            inference.Output(0, type, null);
            return;
        }

        var key = query.Length == 5 ? query : inference.Shape(1)!;
        var keys = key.Length == 4 ? key[2] : key[1];
        var size = query.Length == 5 ? query[4] : query[2] / heads;
        var valueSize = key.Length == 5 ? size : inference.Shape(2) switch
        {
            { Length: 4 } split => split[3],
            { Length: 3 } joined => joined[2] / heads,
            _ => inference.Unknown(),
        };
        inference.Output(0, type, [query[0], query[1], valueSize * heads]);
        var past = inference.HasInput(6) ? inference.Shape(6) is { Length: 4 } before ? before[2] : inference.Unknown() : 0;
        inference.Output(1, type, [query[0], heads, past + keys, size]);
        inference.Output(2, type, [query[0], heads, past + keys, valueSize]);
    }

    /// <summary>Without a key the query holds all three; how long the cache is depends on its buffer.</summary>
    static void Grouped(NodeInference inference)
    {
        var type = inference.Type(0);
        var (heads, shared) = (inference.Node.Int("num_heads", 0), inference.Node.Int("kv_num_heads", 0));
        if (heads < 1 || shared < 1) throw inference.Contradiction("has no heads");
        if (inference.Shape(0) is not { Length: 3 } query)
        {
            inference.Output(0, type, null);
            return;
        }

        var size = inference.HasInput(1) ? query[2] / heads : query[2] / (heads + (2 * shared));
        inference.Output(0, type, [query[0], query[1], size * heads]);
        inference.Output(1, type, [query[0], shared, inference.Unknown(), size]);
        inference.Output(2, type, [query[0], shared, inference.Unknown(), size]);
    }
}
