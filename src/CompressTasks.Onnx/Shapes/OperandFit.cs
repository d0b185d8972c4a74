using System.Collections.Frozen;

namespace CompressTasks.Onnx;

/// <summary>
/// Whether the operands that do not decide a node's output shape - biases, statistics, scales, states - have the lengths that its data and
/// weights ask for. The rules of inference look at the others.
/// </summary>
static class OperandFit
{
    static readonly FrozenDictionary<string, Action<NodeInference>> checks = new Dictionary<string, Action<NodeInference>>(StringComparer.Ordinal)
    {
        ["Conv"] = node => Needs(node, 2, Length(node, 1, 0)),
        ["ConvTranspose"] = ConvTranspose,
        ["ConvInteger"] = node => PerChannel(node, 3, Length(node, 1, 0)),
        ["QLinearConv"] = QLinearConv,
        ["BatchNormalization"] = node => Vectors(node, 4),
        ["InstanceNormalization"] = node => Vectors(node, 2),
        ["GroupNormalization"] = GroupNormalization,
        ["LSTM"] = node => Recurrent(node, 4),
        ["GRU"] = node => Recurrent(node, 3),
        ["RNN"] = node => Recurrent(node, 1),
        ["QuantizeLinear"] = Quantized,
        ["DequantizeLinear"] = Quantized,
        ["GatherElements"] = node => SameRank(node, 1),
        ["ScatterElements"] = node => SameRank(node, 2),
        ["Scatter"] = node => SameRank(node, 2),
        ["ScatterND"] = ScatterND,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="ModelException">CMP0006 naming the operand that does not fit.</exception>
    public static void Check(NodeInference node)
    {
        if (checks.TryGetValue(node.Node.OpType, out var check)) check(node);
    }

    static void ConvTranspose(NodeInference node)
    {
        var groups = node.Node.Int("group", 1);
        if (groups < 1 || (Length(node, 1, 0) is { } inputs && inputs % groups != 0)) throw node.Contradiction($"has {Length(node, 1, 0)} input channels in {groups} groups");
        Needs(node, 2, Length(node, 1, 1) is { } outputs ? checked(outputs * groups) : null);
    }

    static void QLinearConv(NodeInference node)
    {
        var channels = Length(node, 3, 0);
        PerChannel(node, 4, channels);
        PerChannel(node, 5, channels);
        Needs(node, 8, channels);
    }

    static void Vectors(NodeInference node, int count)
    {
        if (node.Shape(0) is { Length: < 2 }) throw node.Contradiction($"needs a batch and a channel axis but gets {node.Describe(0)}");
        for (var input = 1; input <= count; input++) Needs(node, input, Length(node, 0, 1));
    }

    static void GroupNormalization(NodeInference node)
    {
        var groups = node.Node.Int("num_groups", 0);
        if (node.Shape(0) is { Length: < 2 }) throw node.Contradiction($"needs a batch and a channel axis but gets {node.Describe(0)}");
        if (groups < 1 || (Length(node, 0, 1) is { } channels && channels % groups != 0)) throw node.Contradiction($"has {Length(node, 0, 1)} channels in {groups} groups");
        var length = node.Opset < 21 ? groups : Length(node, 0, 1);
        Needs(node, 1, length);
        Needs(node, 2, length);
    }

    /// <summary>W [D, gates*H, I], R [D, gates*H, H], B [D, 2*gates*H], states [D, N, H] (layout 0) or [N, D, H], P [D, 3*H].</summary>
    static void Recurrent(NodeInference node, long gates)
    {
        long directions = node.Node.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        var hidden = node.Node.Has("hidden_size") ? node.Node.Int("hidden_size", 0) : Length(node, 2, 2);
        long? Times(long factor) => hidden is { } length ? checked(length * factor) : null;
        Needs(node, 1, directions, Times(gates), null);
        Needs(node, 2, directions, Times(gates), hidden);
        Needs(node, 3, directions, Times(2 * gates));
        long?[] state = node.Node.Int("layout", 0) == 0 ? [directions, Length(node, 0, 1), hidden] : [Length(node, 0, 0), directions, hidden];
        Needs(node, 5, state);
        Needs(node, 6, state);
        Needs(node, 7, directions, Times(3));
    }

    /// <summary>One scale for all, one for each index of the axis, or, with a block size, one for each block.</summary>
    static void Quantized(NodeInference node)
    {
        if (node.Shape(1) is not [var scales] || node.Shape(0) is not { } input || !scales.IsKnown || scales.Value == 1) return;
        var axis = node.Axis(node.Node.Int("axis", 1), input.Length);
        Needs(node, 1, input[axis].IsKnown ? input[axis].Value : null);
        Needs(node, 2, scales.Value);
    }

    static void SameRank(NodeInference node, int last)
    {
        for (var input = 1; input <= last; input++)
        {
            if (node.Shape(0) is { } data && node.Shape(input) is { } other && data.Length != other.Length)
            {
                throw node.Contradiction($"has inputs of different rank, {node.Describe(0)} and {node.Describe(input)}");
            }
        }
    }

    /// <summary>Indices [..., k] name slices of the data, behind its first k axes; updates are [..., slice].</summary>
    static void ScatterND(NodeInference node)
    {
        if (node.Shape(0) is not { } data || node.Shape(1) is not [.., { IsKnown: true } named] indices || node.Shape(2) is not { } updates) return;
        if (named.Value <= data.Length && updates.Length == indices.Length - 1 + data.Length - named.Value) return;
        throw node.Contradiction($"writes {node.Describe(2)} at {node.Describe(1)} of {node.Describe(0)}");
    }

    /// <summary>A scalar, or a vector of one number or of one for each channel.</summary>
    static void PerChannel(NodeInference node, int input, long? channels)
    {
        if (node.Shape(input) is not ([] or [{ IsKnown: true, Value: 1 }])) Needs(node, input, channels);
    }

    /// <param name="expected">Length of each axis; null for one that is not known.</param>
    static void Needs(NodeInference node, int input, params ReadOnlySpan<long?> expected)
    {
        if (node.Shape(input) is not { } shape) return;
        var fits = shape.Length == expected.Length;
        for (var axis = 0; fits && axis < shape.Length; axis++) fits = expected[axis] is not { } length || !shape[axis].IsKnown || shape[axis].Value == length;
        if (fits) return;
        var wanted = string.Join(", ", expected.ToArray().Select(length => length is { } known ? FormattableString.Invariant($"{known}") : "?"));
        throw node.Contradiction($"needs [{wanted}] as its input {input} but gets {node.Describe(input)}");
    }

    static long? Length(NodeInference node, int input, int axis) =>
        node.Shape(input) is { } shape && axis < shape.Length && shape[axis].IsKnown ? shape[axis].Value : null;
}
