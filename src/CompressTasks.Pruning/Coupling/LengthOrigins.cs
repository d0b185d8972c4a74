using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling;

/// <summary>Where one number in a list of lengths comes from: a constant, the length of an axis while the model runs, or anything else.</summary>
readonly record struct LengthOrigin(bool IsConstant, string? Value, int Axis)
{
    public static readonly LengthOrigin Constant = new(true, null, 0);
    public static readonly LengthOrigin Unknown = new(false, null, 0);

    public static LengthOrigin Of(string value, int axis) => new(false, value, axis);

    /// <summary>True where the number changes by itself when the axis that it was read from is cut.</summary>
    public bool Follows => Value is not null;
}

/// <summary>
/// Follows computed shapes entry by entry, from the Shape node through the arithmetic to where they are used: a length that was read
/// from a cut axis is right again after the cut, a constant one has to be mended.
/// </summary>
sealed class LengthOrigins(OnnxModel model, GraphShapes shapes)
{
    readonly Dictionary<string, LengthOrigin[]> origins = new(StringComparer.Ordinal);
    readonly HashSet<string> constants = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>One entry per number; null for a value that is no list of numbers which came from lengths.</summary>
    public LengthOrigin[]? Of(string value)
    {
        if (origins.TryGetValue(value, out var known)) return known;
        return constants.Contains(value) && shapes.Integers(value) is { } numbers
            ? origins[value] = Enumerable.Repeat(LengthOrigin.Constant, numbers.Length).ToArray()
            : null;
    }

    /// <summary>As <see cref="Of"/>, with every number of unknown origin where nothing is known.</summary>
    public LengthOrigin[] Of(string value, int count) =>
        Of(value) is { } known && known.Length == count ? known : Enumerable.Repeat(LengthOrigin.Unknown, count).ToArray();

    /// <summary>Notes the origins of the node's output, where it is an operator that picks or joins numbers.</summary>
    /// <returns>False for an operator that is none of these.</returns>
    public bool TryFollow(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx") || Entries(node) is not { } entries) return false;
        origins[node.Output[0]] = entries;
        return true;
    }

    LengthOrigin[]? Entries(NodeProto node)
    {
        if (node.OpType == "Shape") return Lengths(node);
        if (node.Input.Count == 0 || (Of(node.Input[0]) is not { } first && node.OpType is not ("Concat" or "Where"))) return null;
        first = Of(node.Input[0]) ?? [];
        switch (node.OpType)
        {
            case "Identity" or "Cast" or "Squeeze" or "Unsqueeze":
                return first;
            case "Concat" when shapes.Of(node.Output[0]) is [{ IsKnown: true } length] && node.Input.Any(input => Of(input) is not null):
                LengthOrigin[] joined = [.. node.Input.SelectMany(input => Of(input) ?? Unknowns(input))];
                return joined.Length == length.Value ? joined : null;
            case "Gather" when constants.Contains(node.Input[1]) && shapes.Integers(node.Input[1]) is { } indices:
                return [.. indices.Select(index => first[index < 0 ? index + first.Length : index])];
            case "Slice" when shapes.Of(node.Input[0])?.Count == 1 && SliceRange.Read(node, shapes) is [var range]:
                return [.. range.Indices(first.Length).Select(index => first[index])];
            case "Mul" or "Div":
                return Scaled(first, node);
            case "Where" when constants.Contains(node.Input[0]) && shapes.Integers(node.Input[0]) is { } conditions:
                return Chosen(conditions, node);
            default:
                return null;
        }
    }

    LengthOrigin[]? Lengths(NodeProto node)
    {
        if (shapes.Of(node.Input[0])?.Count is not { } rank) return null;
        int Bound(long at) => (int)Math.Clamp(at < 0 ? at + rank : at, 0, rank);
        var (start, end) = (Bound(node.Int("start", 0)), Bound(node.Int("end", rank)));
        return [.. Enumerable.Range(start, Math.Max(0, end - start)).Select(axis => LengthOrigin.Of(node.Input[0], axis))];
    }

    IEnumerable<LengthOrigin> Unknowns(string value) =>
        Enumerable.Repeat(LengthOrigin.Unknown, shapes.Of(value) is [{ IsKnown: true } length] ? (int)length.Value : 0);

    /// <summary>Resizing multiplies a shape by its scales, of which that of the channels is 1.</summary>
    LengthOrigin[]? Scaled(LengthOrigin[] left, NodeProto node)
    {
        if (Of(node.Input[1]) is not { } right || (right.Length != left.Length && right.Length != 1 && left.Length != 1)) return null;
        var result = new LengthOrigin[Math.Max(left.Length, right.Length)];
        for (var i = 0; i < result.Length; i++)
        {
            var (one, other) = (left[left.Length == 1 ? 0 : i], right[right.Length == 1 ? 0 : i]);
            if (one.IsConstant && other.IsConstant) result[i] = LengthOrigin.Constant;
            else if (one.Follows && IsOne(node.Input[1], i)) result[i] = one;
            else if (other.Follows && node.OpType == "Mul" && IsOne(node.Input[0], i)) result[i] = other;
            else result[i] = LengthOrigin.Unknown;
        }

        return result;
    }

    /// <summary>Exporters pick ones for the axes that an expansion leaves alone; a length is never what they mark these by, so simplification made the conditions constant.</summary>
    LengthOrigin[]? Chosen(long[] conditions, NodeProto node) =>
        Of(node.Input[1]) is { } taken && Of(node.Input[2]) is { } other && taken.Length == conditions.Length && other.Length == conditions.Length
            ? [.. conditions.Select((condition, i) => condition != 0 ? taken[i] : other[i])]
            : null;

    bool IsOne(string value, int index) => constants.Contains(value) && shapes.Integers(value) is { } numbers && numbers[numbers.Length == 1 ? 0 : index] == 1;
}
