namespace CompressTasks.Onnx;

/// <summary>The fused transformer operators of operator set 23 and later.</summary>
static class AttentionRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Attention"] = Attention;
        rules["RotaryEmbedding"] = inference => inference.Output(0, inference.Type(0), inference.Shape(0));
    }

    /// <summary>
    /// Q, K and V are [B, heads, S, size] or [B, S, heads * size]; past keys and values, inputs 4 and 5, are [B, heads, past, size].
    /// </summary>
    static void Attention(NodeInference inference)
    {
        var (query, key, value) = (inference.Shape(0), inference.Shape(1), inference.Shape(2));
        var type = inference.Type(0);
        if (query is null || key is null || value is null)
        {
            for (var i = 0; i < inference.OutputCount; i++) inference.Output(i, type, null);
            return;
        }

        if (query.Length != key.Length || query.Length != value.Length) throw inference.Contradiction("has queries, keys and values of different rank");
        var heads = Heads(inference, query, "q_num_heads");
        var shared = Heads(inference, key, "kv_num_heads");
        var (length, keys) = (query[^2], key[^2]);
        var (keySize, valueSize) = query.Length == 4 ? (key[3], value[3]) : (key[2] / shared, value[2] / shared);
        var total = inference.Shape(4) is { Length: 4 } past ? past[2] + keys : keys;
        inference.Output(0, type, query.Length == 4 ? [query[0], heads, length, valueSize] : [query[0], length, heads * valueSize]);
        inference.Output(1, type, [query[0], shared, total, keySize]);
        inference.Output(2, type, [query[0], shared, total, valueSize]);
        inference.Output(3, type, [query[0], heads, length, total]);
    }

    static Dimension Heads(NodeInference inference, Dimension[] shape, string attribute)
    {
        if (shape.Length == 4) return shape[1];
        var heads = inference.Node.Int(attribute, 0);
        if (shape.Length != 3 || heads < 1) throw inference.Contradiction($"needs {attribute} for inputs [batch, length, features]");
        return heads;
    }
}
