using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling.Rules;

/// <summary>
/// Attention in one operator. Whole heads go, and attributes that count them follow. A head's size stays where the scale of the scores is
/// computed from it.
/// </summary>
static class AttentionRules
{
    const string Limit = "whole heads, with grouped keys whole groups or the same head of each";

    /// <summary>More heads, or more numbers of a head, are no attention.</summary>
    const long MostHeads = 1 << 16;

    public static void AddTo(RuleTable table)
    {
        table.Passes("Attention", Attention, Limit);
        table.Passes("RotaryEmbedding", Rotary, "whole heads");
        table.Passes(RuleSet.Microsoft("RotaryEmbedding"), Rotary, "whole heads");
        table.Free(RuleSet.Microsoft("Attention"), Projected, "whole heads");
        table.Passes(RuleSet.Microsoft("MultiHeadAttention"), MultiHead, "whole heads, of inputs that are not packed");
        table.Passes(RuleSet.Microsoft("GroupQueryAttention"), GroupQuery, Limit);
        foreach (var name in (string[])["DecoderMaskedMultiHeadAttention", "PackedAttention", "PackedMultiHeadAttention", "QAttention"])
        {
            table.Frozen(RuleSet.Microsoft(name), "heads of a fused attention");
        }
    }

    /// <summary>Q, K, V, a mask, past keys and past values; attributes count the heads of inputs with three axes.</summary>
    static void Attention(NodeProto node, CouplingContext context)
    {
        var (query, key, value) = (context.Shape(node.Input[0]), context.Shape(node.Input[1]), context.Shape(node.Input[2]));
        var (queries, shared) = query.Length == 4 ? (query[1], key[1]) : (node.Int("q_num_heads", 1), node.Int("kv_num_heads", 1));
        if (Heads(node, context, queries, shared) is not { } heads) return;
        var positions = Positions(node, context, query[^1] / (query.Length == 4 ? 1 : queries));
        // Nothing is computed from the size of a value.
        var values = context.Labels.New(Credible(value[^1] / (query.Length == 4 ? 1 : shared)));
        heads.Tie(node.Input[0], positions, isQuery: true);
        heads.Tie(node.Input[1], positions, isQuery: false);
        heads.Tie(node.Input[2], values, isQuery: false);
        if (node.InputOrNull(3) is { } mask) heads.TieScores(mask);
        Past(node, context, heads, 4, positions, values);
        context.SizeIn(node, "q_num_heads", query.Length == 4 ? null : heads.Queries);
        context.SizeIn(node, "kv_num_heads", query.Length == 4 ? null : heads.Shared);
        Results(node, context, heads, positions, values, firstPresent: 1);
        if (node.OutputOrNull(3) is { } scores) context.Set(scores, [null, heads.Queries, null, null]);
    }

    /// <summary>Input, weight [features, queries + keys + values], bias, mask, past of [2, batch, heads, length, size], what is added to the scores.</summary>
    static void Projected(NodeProto node, CouplingContext context)
    {
        var (input, weight) = (context.Of(node.Input[0]), node.InputOrNull(1) is { } name ? context.Of(name) : []);
        var number = node.Int("num_heads", 0);
        var hasRanks = HaveRank(context, 3, node.Input[0], node.Output[0]) && (node.InputOrNull(2) is not { } vector || HaveRank(context, 1, vector));
        if (!hasRanks || weight is not [var features, { } columns] || node.InputOrNull(4) is not null || Heads(node, context, number, number) is not { } heads)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("heads of a fused attention", node.DisplayName()));
            return;
        }

        var sizes = node.Ints("qkv_hidden_sizes") is [_, _, _] given ? given : [columns.Length / 3, columns.Length / 3, columns.Length / 3];
        context.Tie(input[^1], features, node);
        context.Consumes(node, node.Input[1], 0);
        var positions = Positions(node, context, sizes[0] / number);
        var values = Fixed(node, context, sizes[2] / number);
        Projections(heads, columns, sizes, positions, values);
        if (node.InputOrNull(2) is { } bias) context.Tie(context.Of(bias)[0], columns, node);
        if (node.InputOrNull(5) is { } added) heads.TieScores(added);
        context.SizeIn(node, "num_heads", heads.Queries);
        Results(node, context, heads, positions, values, firstPresent: int.MaxValue);
        if (node.OutputOrNull(1) is { } present) context.Set(present, [null, null, heads.Queries, null, null]);
    }

    /// <summary>Q, K, V, a bias of all three, a mask, what is added to the scores, past keys and past values.</summary>
    static void MultiHead(NodeProto node, CouplingContext context)
    {
        var number = node.Int("num_heads", 0);
        var isApart = node.InputOrNull(1) is { } key && node.InputOrNull(2) is { } value && HaveRank(context, 3, node.Input[0], node.Output[0])
            && (HaveRank(context, 3, key, value) || HaveRank(context, 4, key, value)) && (node.InputOrNull(3) is not { } vector || HaveRank(context, 1, vector));
        if (!isApart || node.Input.Count > 8 || Heads(node, context, number, number) is not { } heads)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("packed heads of a fused attention", node.DisplayName()));
            return;
        }

        var (query, output) = (context.Shape(node.Input[0])[^1], context.Shape(node.Output[0])[^1]);
        var positions = Positions(node, context, query / number);
        var values = Fixed(node, context, output / number);
        heads.Tie(node.Input[0], positions, isQuery: true);
        heads.Tie(node.Input[1], positions, isQuery: false);
        heads.Tie(node.Input[2], values, isQuery: false);
        if (node.InputOrNull(3) is { } bias && context.Of(bias)[0] is { } all) Projections(heads, all, [query, query, output], positions, values);
        else if (node.InputOrNull(3) is not null) context.Freeze(heads.Queries, new FreezeReason("bias that is not constant", node.DisplayName()));
        if (node.InputOrNull(5) is { } added) heads.TieScores(added);
        Past(node, context, heads, 6, positions, values);
        context.SizeIn(node, "num_heads", heads.Queries);
        Results(node, context, heads, positions, values, firstPresent: 1);
    }

    /// <summary>Q, K, V, or all three side by side in the first, past keys and past values; then lengths, and caches of rotations.</summary>
    static void GroupQuery(NodeProto node, CouplingContext context)
    {
        var (queries, shared) = (node.Int("num_heads", 0), node.Int("kv_num_heads", 0));
        // Inputs behind the caches (biases, sinks) count heads in ways of their own.
        if (node.Input.Skip(9).Any(name => name.Length > 0) || !HaveRank(context, 3, [node.Output[0], .. node.Input.Take(3).Where(name => name.Length > 0)]) || Heads(node, context, queries, shared) is not { } heads)
        {
            RuleSet.FreezeNode(node, context, new FreezeReason("heads of a fused attention", node.DisplayName()));
            return;
        }

        var isPacked = node.InputOrNull(1) is null || node.InputOrNull(2) is null;
        var size = context.Shape(node.Input[0])[^1] / (isPacked ? queries + (2 * shared) : queries);
        var (positions, values) = (Positions(node, context, size), Fixed(node, context, size));
        if (!isPacked)
        {
            heads.Tie(node.Input[0], positions, isQuery: true);
            heads.Tie(node.Input[1], positions, isQuery: false);
            heads.Tie(node.Input[2], values, isQuery: false);
        }
        else if (context.Of(node.Input[0])[^1] is { } all)
        {
            Projections(heads, all, [queries * size, shared * size, shared * size], positions, values);
        }
        else
        {
            heads.LieAlong(null, positions, isQuery: true);
        }

        Past(node, context, heads, 3, positions, values);
        foreach (var name in node.Input.Skip(5).Where(name => name.Length > 0)) context.FreezeAll(name, new FreezeReason("positions in a sequence", node.DisplayName()));
        context.SizeIn(node, "num_heads", heads.Queries);
        context.SizeIn(node, "kv_num_heads", heads.Shared);
        Results(node, context, heads, positions, values, firstPresent: 1);
    }

    /// <summary>Every head is rotated alike, within itself. [batch, heads, length, size], or [batch, length, heads * size] with an attribute or the caches' width to say how many.</summary>
    static void Rotary(NodeProto node, CouplingContext context)
    {
        var (input, shape) = (context.Of(node.Input[0]), context.Shape(node.Input[0]));
        var reason = new FreezeReason("rotated numbers of a head", node.DisplayName());
        foreach (var name in node.Input.Skip(1).Where(name => name.Length > 0)) context.FreezeAll(name, reason);
        if (shape.Length is not (3 or 4))
        {
            RuleSet.FreezeNode(node, context, reason);
            return;
        }

        if (shape.Length == 4)
        {
            context.Freeze(input[3], reason);
        }
        else if (input[^1] is { } whole)
        {
            var caches = node.Input.Skip(1).Where(name => name.Length > 0 && context.Shape(name).Length is 2 or 3).Select(name => context.Shape(name)[^1]);
            var number = node.Int("num_heads", 0) is > 0 and var given ? given : whole.Length / (2 * caches.LastOrDefault(whole.Length));
            if (number < 1 || whole.Length % number != 0)
            {
                context.Freeze(whole, reason);
            }
            else
            {
                var heads = context.Labels.New(number);
                var positions = context.Labels.New(whole.Length / number);
                context.Freeze(positions, reason);
                context.Labels.AddProduct(whole, [heads, positions], [number, positions.Length]);
                if (node.Has("num_heads")) context.SizeIn(node, "num_heads", heads);
            }
        }

        context.Set(node.Output[0], input);
    }

    /// <returns>Null, and everything frozen, where the numbers of heads make no sense.</returns>
    static FusedHeads? Heads(NodeProto node, CouplingContext context, long queries, long shared)
    {
        if (queries is > 0 and < MostHeads && shared > 0 && queries % shared == 0) return new FusedHeads(node, context, queries, shared);
        RuleSet.FreezeNode(node, context, new FreezeReason("heads of a fused attention", node.DisplayName()));
        return null;
    }

    /// <summary>The numbers of a query and of a key, which are summed over together. Without a scale of its own the node takes that of their count.</summary>
    static int[] Positions(NodeProto node, CouplingContext context, long size)
    {
        var positions = context.Labels.New(Credible(size));
        // A fused operator of ONNX Runtime's also rotates them, or expects values of the same size.
        if (!node.Has("scale") || node.Domain.Length > 0) context.Freeze(positions, new FreezeReason("scale that follows from the size of a head", node.DisplayName()));
        return positions;
    }

    static int[] Fixed(NodeProto node, CouplingContext context, long size)
    {
        var positions = context.Labels.New(Credible(size));
        context.Freeze(positions, new FreezeReason("size of a head of a fused attention", node.DisplayName()));
        return positions;
    }

    /// <summary>Queries, keys and values side by side on one axis.</summary>
    static void Projections(FusedHeads heads, int[] axis, long[] sizes, int[] positions, int[] values)
    {
        if (sizes.Min() < 0 || sizes.Max() > axis.Length || sizes.Sum() != axis.Length)
        {
            heads.LieAlong(null, positions, isQuery: true);
            return;
        }

        var (keys, ends) = ((int)sizes[0], (int)(sizes[0] + sizes[1]));
        heads.LieAlong(axis[..keys], positions, isQuery: true);
        heads.LieAlong(axis[keys..ends], positions, isQuery: false);
        heads.LieAlong(axis[ends..], values, isQuery: false);
    }

    /// <summary>A size that is declared and not inferred may be anything; one that is no size of a head fits no axis.</summary>
    static long Credible(long size) => size is > 0 and < MostHeads ? size : 0;

    static bool HaveRank(CouplingContext context, int rank, params ReadOnlySpan<string> values)
    {
        foreach (var value in values)
        {
            if (context.Shape(value).Length != rank) return false;
        }

        return true;
    }

    static void Past(NodeProto node, CouplingContext context, FusedHeads heads, int first, int[] positions, int[] values)
    {
        if (node.InputOrNull(first) is { } keys) heads.Tie(keys, positions, isQuery: false);
        if (node.InputOrNull(first + 1) is { } past) heads.Tie(past, values, isQuery: false);
    }

    static void Results(NodeProto node, CouplingContext context, FusedHeads heads, int[] positions, int[] values, int firstPresent)
    {
        int[]?[] result = context.Shape(node.Output[0]).Length == 4
            ? [null, heads.Queries, null, values]
            : [null, null, context.Merge([heads.Queries, values], [heads.Queries.Length, values.Length])];
        context.Set(node.Output[0], result);
        if (node.OutputOrNull(firstPresent) is { } keys) context.Set(keys, [null, heads.Shared, null, positions]);
        if (firstPresent < int.MaxValue && node.OutputOrNull(firstPresent + 1) is { } present) context.Set(present, [null, heads.Shared, null, values]);
    }
}
