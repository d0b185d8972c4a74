namespace CompressTasks.Onnx;

/// <summary>Operators that keep all elements and change how they are arranged.</summary>
static class RearrangingRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Reshape"] = Reshape;
        rules["Flatten"] = Flatten;
        rules["Transpose"] = Transpose;
        rules["Squeeze"] = Squeeze;
        rules["Unsqueeze"] = Unsqueeze;
        rules["DepthToSpace"] = inference => Blocks(inference, toSpace: true);
        rules["SpaceToDepth"] = inference => Blocks(inference, toSpace: false);
        rules["Expand"] = Expand;
        rules["Tile"] = Tile;
    }

    static void Reshape(NodeInference inference)
    {
        var type = inference.Type(0);
        var input = inference.Shape(0);
        if (inference.Content(1) is not { } target)
        {
            inference.Output(0, type, inference.Shape(1) is [{ IsKnown: true, Value: < 64 } rank] ? inference.UnknownShape((int)rank.Value) : null);
            return;
        }

        var copiesZero = inference.Node.Int("allowzero", 0) == 0;
        var shape = new Dimension[target.Elements.Length];
        var inferred = -1;
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = target.Elements[i].Integer ?? inference.Unknown();
            if (shape[i] == 0 && copiesZero)
            {
                if (input is not null && i >= input.Length) throw inference.Contradiction($"copies axis {i} of {inference.Describe(0)}");
                shape[i] = input is null ? inference.Unknown() : input[i];
            }
            else if (shape[i] == -1)
            {
                if (inferred >= 0) throw inference.Contradiction("has more than one -1 in its target");
                inferred = i;
            }
            else if (shape[i].IsKnown && shape[i].Value < 0)
            {
                throw inference.Contradiction($"has the length {shape[i]} in its target");
            }
        }

        if (inferred >= 0) shape[inferred] = Remaining(inference, input, shape, inferred);
        else if (input is not null) SameCount(inference, input, shape);
        inference.Output(0, type, shape);
    }

    static Dimension Remaining(NodeInference inference, Dimension[]? input, Dimension[] shape, int inferred)
    {
        if (input is null) return inference.Unknown();
        var others = Dimension.Product(shape.Where((_, axis) => axis != inferred));
        var count = Dimension.Product(input);
        if (others == 0)
        {
            return count == 0 ? 0 : throw inference.Contradiction($"reshapes {inference.Describe(0)} to a shape without elements");
        }
        if (count.IsKnown && others.IsKnown && count.Value % others.Value != 0)
        {
            throw inference.Contradiction(
                $"reshapes {inference.Describe(0)} to [{string.Join(", ", shape)}]: {count} elements do not divide by {others}");
        }

        return count / others;
    }

    static void SameCount(NodeInference inference, Dimension[] input, Dimension[] shape)
    {
        var (before, after) = (Dimension.Product(input), Dimension.Product(shape));
        if (before.IsKnown && after.IsKnown && before != after)
        {
            throw inference.Contradiction(
                $"reshapes {inference.Describe(0)} with {before} elements to [{string.Join(", ", shape)}] with {after}");
        }

        // One axis that only the run knows is what the others leave.
        var unknown = Array.FindIndex(shape, length => length.IsAnonymous);
        if (unknown < 0 || Array.FindLastIndex(shape, length => length.IsAnonymous) != unknown) return;
        var others = Dimension.Product(shape.Where((_, axis) => axis != unknown));
        if (others == 0) return;
        var length = before / others;
        if (length * others == before) shape[unknown] = length;
    }

    static void Flatten(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), inference.UnknownShape(2));
            return;
        }

        var given = inference.Node.Int("axis", 1);
        var axis = given == input.Length ? input.Length : inference.Axis(given, input.Length);
        inference.Output(0, inference.Type(0), [Dimension.Product(input[..axis]), Dimension.Product(input[axis..])]);
    }

    static void Transpose(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var order = inference.Node.Ints("perm") ?? [.. Enumerable.Range(0, input.Length).Reverse().Select(axis => (long)axis)];
        if (order.Length != input.Length || order.Distinct().Count() != order.Length || order.Any(axis => axis < 0 || axis >= order.Length))
        {
            throw inference.Contradiction($"permutes {inference.Describe(0)} by [{string.Join(", ", order)}]");
        }

        inference.Output(0, inference.Type(0), [.. inference.Axes(order, input.Length).Select(axis => input[axis])]);
    }

    static void Squeeze(NodeInference inference)
    {
        var axes = inference.IntsFromAttributeOrInput("axes", 1);
        if (inference.Shape(0) is not { } input || (axes is null && inference.HasInput(1)))
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        if (axes is null && !Array.TrueForAll(input, length => length.IsKnown))
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var removed = axes is null
            ? Enumerable.Range(0, input.Length).Where(axis => input[axis] == 1).ToHashSet()
            : inference.Axes(axes, input.Length).ToHashSet();
        foreach (var axis in removed)
        {
            if (input[axis].IsKnown && input[axis] != 1)
            {
                throw inference.Contradiction($"squeezes axis {axis} of {inference.Describe(0)}, which is not 1");
            }
        }

        inference.Output(0, inference.Type(0), [.. input.Where((_, axis) => !removed.Contains(axis))]);
    }

    static void Unsqueeze(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input || inference.IntsFromAttributeOrInput("axes", 1) is not { } given)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var rank = input.Length + given.Length;
        var axes = inference.Axes(given, rank).ToHashSet();
        if (axes.Count != given.Length) throw inference.Contradiction("inserts the same axis twice");
        var shape = new Dimension[rank];
        var next = 0;
        for (var axis = 0; axis < rank; axis++) shape[axis] = axes.Contains(axis) ? 1 : input[next++];
        inference.Output(0, inference.Type(0), shape);
    }

    static void Blocks(NodeInference inference, bool toSpace)
    {
        if (inference.Shape(0) is not { Length: 4 } input)
        {
            inference.Output(0, inference.Type(0), inference.UnknownShape(4));
            return;
        }

        var block = inference.Node.Int("blocksize", 0);
        if (block < 1) throw inference.Contradiction($"has the block size {block}");
        foreach (var (length, divisor) in toSpace ? [(input[1], block * block)] : new[] { (input[2], block), (input[3], block) })
        {
            if (length.IsKnown && length.Value % divisor != 0)
            {
                throw inference.Contradiction($"needs an axis of {inference.Describe(0)} to be a multiple of {divisor}");
            }
        }

        inference.Output(0, inference.Type(0), toSpace
            ? [input[0], input[1] / (block * block), input[2] * block, input[3] * block]
            : [input[0], input[1] * (block * block), input[2] / block, input[3] / block]);
    }

    static void Expand(NodeInference inference)
    {
        if (inference.Content(1) is { } target)
        {
            inference.Output(0, inference.Type(0), Broadcasting.Common(inference, inference.Shape(0), Targets.Shape(inference, target)));
        }
        else inference.Output(0, inference.Type(0), null);
    }

    static void Tile(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var repeats = inference.Content(1)?.Elements;
        if (repeats is not null && repeats.Length != input.Length)
        {
            throw inference.Contradiction($"repeats {repeats.Length} axes of {inference.Describe(0)}");
        }
        Dimension Repeated(Dimension length, int axis) => repeats?[axis].Integer is { } times ? length * times : inference.Unknown();
        inference.Output(0, inference.Type(0), [.. input.Select(Repeated)]);
    }
}
