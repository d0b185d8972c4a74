using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling;

/// <summary>One axis of a Slice, in either of the operator's forms (attributes before operator set 10, inputs since).</summary>
readonly record struct SliceRange(int Axis, long Start, long End, long Step)
{
    /// <returns>Null where a bound is not constant.</returns>
    public static SliceRange[]? Read(NodeProto node, GraphShapes shapes)
    {
        long[]? Operand(int index, string attribute) => node.Ints(attribute) ?? (node.InputOrNull(index) is { } name ? shapes.Integers(name) : null);
        var (starts, ends) = (Operand(1, "starts"), Operand(2, "ends"));
        if (starts is null || ends is null) return null;
        var axes = Operand(3, "axes");
        var steps = Operand(4, "steps");
        if ((axes is null && node.InputOrNull(3) is not null) || (steps is null && node.InputOrNull(4) is not null)) return null;
        if (shapes.Of(node.Input[0])?.Count is not { } rank) return null;
        return [.. starts.Select((start, i) =>
        {
            var axis = axes?[i] ?? i;
            return new SliceRange((int)(axis < 0 ? axis + rank : axis), start, ends[i], steps?[i] ?? 1);
        })];
    }

    /// <summary>The indices that the slice takes of an axis of <paramref name="length"/>, in its order.</summary>
    public IEnumerable<int> Indices(int length)
    {
        var (start, end) = (Start < 0 ? Start + length : Start, End < 0 ? Math.Max(End, -length - 1) + length : End);
        if (Step > 0)
        {
            start = Math.Clamp(start, 0, length);
            end = Math.Clamp(end, 0, length);
            for (var index = start; index < end; index += Step) yield return (int)index;
        }
        else
        {
            start = Math.Clamp(start, 0, length - 1);
            if (End < -length) end = -1;
            end = Math.Clamp(end, -1, length - 1);
            for (var index = start; index > end; index += Step) yield return (int)index;
        }
    }
}
