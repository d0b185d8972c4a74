namespace CompressTasks.Onnx;

static class SlicingRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Slice"] = Slice;
        rules["Pad"] = Pad;
        rules["CenterCropPad"] = CenterCropPad;
    }

    /// <summary>The first index, step and number of the elements that Slice takes of an axis.</summary>
    public static (long Start, long Step, long Count) Range(long length, long start, long end, long step)
    {
        start = start < 0 ? start + length : start;
        end = end < 0 ? end + length : end;
        start = step > 0 ? Math.Clamp(start, 0, length) : Math.Clamp(start, 0, Math.Max(length - 1, 0));
        end = step > 0 ? Math.Clamp(end, 0, length) : Math.Clamp(end, -1, length - 1);
        var distance = step > 0 ? end - start : start - end;
        var stride = step == long.MinValue ? long.MaxValue : Math.Abs(step);
        return (start, step, distance <= 0 ? 0 : 1 + ((distance - 1) / stride));
    }

    static void Slice(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var (starts, ends) = (Elements(inference, "starts", 1), Elements(inference, "ends", 2));
        var axes = inference.Node.Has("axes") || inference.HasInput(3)
            ? inference.IntsFromAttributeOrInput("axes", 3)
            : [.. Enumerable.Range(0, starts?.Length ?? 0).Select(axis => (long)axis)];
        var steps = inference.HasInput(4) ? inference.Integers(4) : SpatialWindow.Ones(starts?.Length ?? 0);
        if (starts is null || ends is null || axes is null || steps is null)
        {
            inference.Output(0, inference.Type(0), inference.UnknownShape(input.Length));
            return;
        }

        if (starts.Length != ends.Length || starts.Length != axes.Length || starts.Length != steps.Length)
        {
            throw inference.Contradiction("has starts, ends, axes and steps of different length");
        }

        Dimension[] shape = [.. input];
        foreach (var (axis, i) in inference.Axes(axes, input.Length).Select((axis, i) => (axis, i)))
        {
            if (steps[i] == 0) throw inference.Contradiction("has the step 0");
            shape[axis] = Length(inference, input[axis], starts[i], ends[i], steps[i]);
        }

        inference.Output(0, inference.Type(0), shape);
    }

    static Dimension Length(NodeInference inference, Dimension length, Dimension? start, Dimension? end, long step)
    {
        if (start is not { } from || end is not { } to) return inference.Unknown();
        if (length.IsKnown && from.IsKnown && to.IsKnown) return Range(length.Value, from.Value, to.Value, step).Count;
        if (step < 1) return inference.Unknown();

        // An end at or behind the axis's end takes everything; negative bounds count from the end.
        if (from.IsKnown && from.Value < 0) from = length + from;
        if (to.IsKnown && to.Value < 0) to = length + to;
        else if (to.IsKnown && (to.Value >= int.MaxValue || !length.IsKnown))
        {
            if (to.Value >= int.MaxValue) to = length;
            else return inference.Unknown();
        }

        return Dimension.CeilingDivide(to - from, step);
    }

    static Dimension?[]? Elements(NodeInference inference, string attribute, int input) =>
        inference.Node.Ints(attribute) is { } ints
            ? [.. ints.Select(value => (Dimension?)value)]
            : inference.Content(input) is { } content ? [.. content.Elements.Select(element => element.Integer)] : null;

    static void Pad(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var pads = Elements(inference, "pads", 1);
        var axes = inference.HasInput(3) ? inference.Integers(3) : [.. Enumerable.Range(0, input.Length).Select(axis => (long)axis)];
        if (pads is null || axes is null)
        {
            inference.Output(0, inference.Type(0), inference.UnknownShape(input.Length));
            return;
        }

        if (pads.Length != 2 * axes.Length) throw inference.Contradiction($"has {pads.Length} pads for {axes.Length} axes");
        Dimension[] shape = [.. input];
        foreach (var (axis, i) in inference.Axes(axes, input.Length).Select((axis, i) => (axis, i)))
        {
            shape[axis] = pads[i] is { } begin && pads[i + axes.Length] is { } end ? shape[axis] + begin + end : inference.Unknown();
            if (shape[axis].IsKnown && shape[axis].Value < 0)
            {
                throw inference.Contradiction($"cuts more than axis {axis} of {inference.Describe(0)} has");
            }
        }

        inference.Output(0, inference.Type(0), shape);
    }

    static void CenterCropPad(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var axes = inference.Axes(inference.Node.Ints("axes") ?? [.. Enumerable.Range(0, input.Length).Select(axis => (long)axis)], input.Length);
        Dimension[] shape = [.. input];
        var target = inference.Content(1) is { } content ? Targets.Shape(inference, content) : null;
        if (target is not null && target.Length != axes.Length)
        {
            throw inference.Contradiction($"is given {target.Length} lengths for {axes.Length} axes");
        }
        for (var i = 0; i < axes.Length; i++) shape[axes[i]] = target is null ? inference.Unknown() : target[i];
        inference.Output(0, inference.Type(0), shape);
    }
}
