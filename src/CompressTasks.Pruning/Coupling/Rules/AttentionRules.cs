namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>Attention in one operator: heads are laid out inside it by attributes, so that its inputs stay as they are.</summary>
static class AttentionRules
{
    const string Reason = "heads of a fused attention";

    public static void AddTo(RuleTable table)
    {
        table.Frozen("Attention", Reason);
        table.Frozen("RotaryEmbedding", Reason);
        foreach (var name in (string[])
            ["Attention", "DecoderMaskedMultiHeadAttention", "GroupQueryAttention", "MultiHeadAttention", "PackedAttention", "PackedMultiHeadAttention", "QAttention", "RotaryEmbedding"])
        {
            table.Frozen(RuleSet.Microsoft(name), Reason);
        }
    }
}
