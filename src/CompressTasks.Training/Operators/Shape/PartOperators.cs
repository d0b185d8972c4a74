using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Operators that cut tensors into parts and join them.</summary>
static class PartOperators
{
    public static void AddTo(Dictionary<string, KernelFactory> table)
    {
        table.Add("Concat", Concat);
        table.Add("Split", Split);
        table.Add("Slice", Slice);
    }

    static Kernel Concat(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 1);
        return arguments =>
        {
            var axis = Axes.Wrap(attribute, arguments.Shape(0).Length);
            return arguments.AllIntegers
                ? IntegerTensor.Concatenate([.. Enumerable.Range(0, arguments.Count).Select(arguments.IntegerTensor)], axis)
                : cat([.. arguments.Tensors()], axis);
        };
    }

    /// <summary>
    /// Lengths are an attribute before operator set 13 and an input since; without any, all parts but a shorter last one are equal.
    /// </summary>
    static Kernel Split(NodeProto node, int opset)
    {
        var attribute = node.Int("axis", 0);
        var parts = node.Output.Count;
        var lengths = node.Ints("split");
        return arguments =>
        {
            var shape = arguments.Shape(0);
            var axis = Axes.Wrap(attribute, shape.Length);
            var given = lengths ?? arguments.OptionalIntegers(1) ?? EqualParts(shape[axis], parts);
            if (arguments[0].Integers is not { } integers) return arguments.Tensor(0).split(given, axis);
            var ends = Running(given);
            return new Outputs([.. given.Select((length, part) => (Value)integers.Take(axis, Range(ends[part] - length, 1, length)))]);
        };
    }

    static long[] EqualParts(long length, int parts)
    {
        var usual = (length + parts - 1) / parts;
        return [.. Enumerable.Range(0, parts).Select(part => Math.Min(usual, length - part * usual))];
    }

    static long[] Running(long[] lengths)
    {
        var total = 0L;
        return Array.ConvertAll(lengths, length => total += length);
    }

    /// <summary>Attributes before operator set 10, inputs since. Starts and ends beyond the axis are cut; negative ones count from its end.</summary>
    static Kernel Slice(NodeProto node, int opset)
    {
        var (fixedStarts, fixedEnds, fixedAxes) = (node.Ints("starts"), node.Ints("ends"), node.Ints("axes"));
        return arguments =>
        {
            var starts = fixedStarts ?? arguments.Integers(1);
            var ends = fixedEnds ?? arguments.Integers(2);
            var shape = arguments.Shape(0);
            var axes = Axes.Wrap(fixedAxes ?? arguments.OptionalIntegers(3) ?? Axes.From(0, starts.Length), shape.Length);
            var steps = arguments.OptionalIntegers(4);
            var result = arguments[0];
            for (var i = 0; i < axes.Length; i++)
            {
                var axis = (int)axes[i];
                var step = steps?[i] ?? 1;
                var (first, count) = Entries(shape[axis], starts[i], ends[i], step);
                if (result.Integers is { } integers) result = integers.Take(axis, Range(first, step, count));
                else if (step > 0) result = result.Tensor!.slice(axis, first, count == 0 ? first : first + (count - 1) * step + 1, step);
                else result = result.Tensor!.index_select(axis, tensor(Range(first, step, count), device: arguments.Context.Device));
            }

            return result;
        };
    }

    /// <summary>The first entry that a slice takes from an axis, and how many.</summary>
    static (long First, long Count) Entries(long length, long start, long end, long step)
    {
        if (step == 0) throw new ModelException(ModelException.InvalidGraph, "a slice needs a step other than 0");
        if (start < 0) start += length;
        if (end < 0) end += length;
        if (step > 0)
        {
            (start, end) = (Math.Clamp(start, 0, length), Math.Clamp(end, 0, length));
            return end <= start ? (0, 0) : (start, (end - start + step - 1) / step);
        }

        (start, end) = (Math.Clamp(start, 0, Math.Max(0, length - 1)), Math.Clamp(end, -1, length - 1));
        return end >= start ? (0, 0) : (start, (start - end - step - 1) / -step);
    }

    static long[] Range(long first, long step, long count)
    {
        var result = new long[count];
        for (var i = 0; i < count; i++) result[i] = first + i * step;
        return result;
    }
}
