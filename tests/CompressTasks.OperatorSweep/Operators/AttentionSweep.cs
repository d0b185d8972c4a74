using static CompressTasks.OperatorSweep.Operators.Choices;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep.Operators;

/// <summary>Attention in one node, and the rotary positions before it.</summary>
static class AttentionSweep
{
    public static void AddTo(SweepTable table)
    {
        table.Add("Attention", _ => OverHeads().Concat(OverFeatures()), integers: false);
        table.Add(
            "RotaryEmbedding",
            _ =>
                from interleaved in Flags
                from rotated in new int?[] { null, 4 }
                from flat in Flags
                let half = (rotated ?? 8) / 2
                select new NodeCase()
                    .Then(one => flat ? one.Data(2, 5, 24).Data(9, half).Data(9, half).Indices(DataType.Int64, 0, 8, 2, 5).With("num_heads", 3) : one.Data(2, 3, 5, 8).Data(2, 5, half).Data(2, 5, half))
                    .With("interleaved", interleaved).With("rotary_embedding_dim", rotated),
            integers: false);
    }

    /// <summary>[batch, heads, length, width]: equal heads and shared ones, masks that are added and masks that choose, a past.</summary>
    static IEnumerable<NodeCase> OverHeads() =>
        from heads in new[] { 4, 2, 1 }
        from length in new[] { 5, 7 }
        from causal in Flags
        from mask in new[] { 0, 1, 2 }
        from scale in new double?[] { null, 0.3 }
        select new NodeCase().Data(2, 4, 5, 8).Data(2, heads, length, 8).Data(2, heads, length, 6)
            .Then(one => mask switch { 1 => one.Data(5, length), 2 => one.Data(2, 1, 5, length), _ => one })
            .With("is_causal", causal).With("scale", scale);

    /// <summary>[batch, length, heads x width].</summary>
    static IEnumerable<NodeCase> OverFeatures() =>
        from heads in new[] { 4, 2 }
        from cap in new double?[] { null, 0.5 }
        select new NodeCase().Data(2, 5, 32).Data(2, 7, 8 * heads).Data(2, 7, 6 * heads).With("q_num_heads", 4).With("kv_num_heads", heads).With("softcap", cap);
}
