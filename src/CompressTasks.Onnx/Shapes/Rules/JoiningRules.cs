namespace CompressTasks.Onnx;

static class JoiningRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Concat"] = Concat;
        rules["Split"] = Split;
    }

    static void Concat(NodeInference inference)
    {
        Dimension[]?[] shapes = [.. Enumerable.Range(0, inference.InputCount).Select(inference.Shape)];
        if (shapes.Length == 0 || Array.Exists(shapes, shape => shape is null))
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var first = shapes[0]!;
        var axis = inference.Axis(inference.Node.Int("axis", inference.Opset < 4 ? 1 : 0), first.Length);
        Dimension[] joined = [.. first];
        for (var i = 1; i < shapes.Length; i++)
        {
            var next = shapes[i]!;
            if (next.Length != first.Length)
            {
                throw inference.Contradiction($"joins {inference.Describe(0)} with {inference.Describe(i)} of another rank");
            }
            for (var other = 0; other < first.Length; other++)
            {
                if (other == axis) joined[axis] += next[axis];
                else if (joined[other].IsKnown && next[other].IsKnown && joined[other] != next[other])
                {
                    throw inference.Contradiction(
                        $"joins {inference.Describe(0)} with {inference.Describe(i)} on axis {axis}, but axis {other} differs");
                }
                else if (next[other].IsKnown || joined[other].IsAnonymous)
                {
                    joined[other] = next[other];
                }
            }
        }

        inference.Output(0, inference.Type(0), joined);
    }

    static void Split(NodeInference inference)
    {
        var type = inference.Type(0);
        var count = inference.OutputCount;
        if (inference.Shape(0) is not { } input)
        {
            for (var i = 0; i < count; i++) inference.Output(i, type, null);
            return;
        }

        var axis = inference.Axis(inference.Node.Int("axis", 0), input.Length);
        var sizes = Sizes(inference, input[axis], count);
        for (var i = 0; i < count; i++)
        {
            Dimension[] part = [.. input];
            part[axis] = sizes[i];
            inference.Output(i, type, part);
        }
    }

    static Dimension[] Sizes(NodeInference inference, Dimension length, int count)
    {
        if (inference.Node.Ints("split") is { } attribute) return Given(inference, [.. attribute.Select(Dimension.Known)], length, count);
        if (inference.HasInput(1))
        {
            return inference.Content(1) is { } content
                ? Given(inference, Targets.Shape(inference, content), length, count)
                : inference.UnknownShape(count);
        }

        // Equal parts, the last one smaller where the length does not divide (operator set 18).
        var part = Dimension.CeilingDivide(length, count);
        var sizes = new Dimension[count];
        Array.Fill(sizes, part);
        sizes[^1] = length - (part * (count - 1));
        return sizes;
    }

    static Dimension[] Given(NodeInference inference, Dimension[] sizes, Dimension length, int count)
    {
        var sum = sizes.Aggregate(Dimension.Known(0), (total, size) => total + size);
        if (sizes.Length != count || (sum.IsKnown && length.IsKnown && sum != length))
        {
            throw inference.Contradiction(
                $"splits an axis of {length} of {inference.Describe(0)} into [{string.Join(", ", sizes)}] for {count} outputs");
        }

        return sizes;
    }
}
