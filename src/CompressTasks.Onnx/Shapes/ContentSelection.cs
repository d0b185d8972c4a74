namespace CompressTasks.Onnx;

/// <summary>Content rules of operators that pick, join or choose elements.</summary>
static class ContentSelection
{
    public static void AddTo(Dictionary<string, Func<NodeInference, TensorContent?>> rules)
    {
        rules["Gather"] = Gather;
        rules["Slice"] = Slice;
        rules["Concat"] = Concat;
        rules["Split"] = Split;
        rules["Where"] = Where;
    }

    static TensorContent? Gather(NodeInference inference)
    {
        if (inference.Content(0) is not { } data || inference.Content(1) is not { } indices || indices.Integers() is not { } chosen)
        {
            return null;
        }
        if (ContentRules.OutputShape(inference) is not { } shape) return null;
        var axis = inference.Axis(inference.Node.Int("axis", 0), data.Shape.Length);
        var length = data.Shape[axis];
        return ContentArrays.Take(data, axis, Array.ConvertAll(chosen, index => index < 0 ? index + length : index)) with { Shape = shape };
    }

    static TensorContent? Slice(NodeInference inference)
    {
        if (inference.Content(0) is not { } data) return null;
        if (inference.IntsFromAttributeOrInput("starts", 1) is not { } starts || inference.IntsFromAttributeOrInput("ends", 2) is not { } ends)
        {
            return null;
        }
        var axes = inference.IntsFromAttributeOrInput("axes", 3);
        if (axes is null && inference.HasInput(3)) return null;
        var steps = inference.HasInput(4) ? inference.Integers(4) : SpatialWindow.Ones(starts.Length);
        if (steps is null) return null;
        for (var i = 0; i < starts.Length; i++)
        {
            var axis = axes is null ? i : inference.Axis(axes[i], data.Shape.Length);
            var (start, step, count) = SlicingRules.Range(data.Shape[axis], starts[i], ends[i], steps[i]);
            long[] indices = [.. Enumerable.Range(0, (int)count).Select(index => start + (index * step))];
            data = ContentArrays.Take(data, axis, indices);
        }

        return data;
    }

    static TensorContent? Concat(NodeInference inference)
    {
        if (ContentRules.OutputShape(inference) is not { } shape) return null;
        var parts = new List<TensorContent>();
        for (var i = 0; i < inference.InputCount; i++)
        {
            // One unknown part does not make the others unknown.
            if (inference.Content(i) is { } content) parts.Add(content);
            else if (inference.Shape(i) is { } part && Array.TrueForAll(part, length => length.IsKnown)) parts.Add(Unknown(part));
            else return null;
        }

        var axis = inference.Axis(inference.Node.Int("axis", 0), shape.Length);
        long outer = 1;
        for (var i = 0; i < axis; i++) outer *= shape[i];
        var elements = new List<ScalarValue>();
        for (var o = 0; o < outer; o++)
        {
            foreach (var part in parts)
            {
                var block = (int)(part.Elements.Length / outer);
                elements.AddRange(part.Elements.AsSpan(o * block, block));
            }
        }

        return new(shape, [.. elements]);
    }

    static TensorContent Unknown(Dimension[] shape) =>
        new(Array.ConvertAll(shape, length => length.Value), new ScalarValue[Dimension.Product(shape).Value]);

    static TensorContent? Split(NodeInference inference)
    {
        if (inference.Content(0) is not { } data) return null;
        var axis = inference.Axis(inference.Node.Int("axis", 0), data.Shape.Length);
        var start = 0;
        TensorContent? first = null;
        for (var i = 0; i < inference.OutputCount; i++)
        {
            if (inference.Outputs[i]?.Shape is not { } shape || !shape[axis].IsKnown) return null;
            var count = (int)shape[axis].Value;
            var part = ContentArrays.Take(data, axis, [.. Enumerable.Range(start, count).Select(index => (long)index)]);
            if (i == 0) first = part;
            else inference.OutputContent(i, part);
            start += count;
        }

        return first;
    }

    static TensorContent? Where(NodeInference inference)
    {
        if (ContentRules.OutputShape(inference) is not { } shape) return null;
        if (inference.Content(0) is not { } condition || inference.Content(1) is not { } left || inference.Content(2) is not { } right)
        {
            return null;
        }
        var conditions = ContentArrays.Broadcast(condition, shape).Elements;
        var (taken, other) = (ContentArrays.Broadcast(left, shape).Elements, ContentArrays.Broadcast(right, shape).Elements);
        var elements = new ScalarValue[conditions.Length];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = conditions[i].Number switch
            {
                null => taken[i].Equals(other[i]) ? taken[i] : ScalarValue.Unknown,
                0 => other[i],
                _ => taken[i],
            };
        }

        return new(shape, elements);
    }
}
