using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class ReductionRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        foreach (var name in (string[])["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"])
        {
            rules["Reduce" + name] = Reduce;
        }

        rules["ArgMax"] = Select;
        rules["ArgMin"] = Select;
        rules["TopK"] = TopK;
    }

    static void Reduce(NodeInference inference)
    {
        var type = inference.Type(0);
        var keep = inference.Node.Int("keepdims", 1) != 0;
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, type, null);
            return;
        }

        var axes = inference.IntsFromAttributeOrInput("axes", 1);
        if (axes is null && inference.HasInput(1))
        {
            // Axes that only the run knows: the rank is known where it is kept.
            inference.Output(0, type, keep ? inference.UnknownShape(input.Length) : null);
            return;
        }

        if (axes is null or []) axes = inference.Node.Int("noop_with_empty_axes", 0) != 0 ? [] : [.. Enumerable.Range(0, input.Length)];
        inference.Output(0, type, Without(input, inference.Axes(axes, input.Length).ToHashSet(), keep));
    }

    static void Select(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, DataType.Int64, null);
            return;
        }

        var axis = inference.Axis(inference.Node.Int("axis", 0), input.Length);
        inference.Output(0, DataType.Int64, Without(input, [axis], inference.Node.Int("keepdims", 1) != 0));
    }

    static void TopK(NodeInference inference)
    {
        Dimension[]? shape = null;
        if (inference.Shape(0) is { } input)
        {
            shape = [.. input];
            var axis = inference.Axis(inference.Node.Int("axis", -1), input.Length);
            shape[axis] = inference.Content(1)?.Elements is [{ Integer: { } count }] ? count : inference.Unknown();
            if (inference.Node.Has("k")) shape[axis] = inference.Node.Int("k", 1);
        }

        inference.Output(0, inference.Type(0), shape);
        inference.Output(1, DataType.Int64, shape);
    }

    static Dimension[] Without(Dimension[] input, HashSet<int> axes, bool keep) => keep
        ? [.. input.Select((length, axis) => axes.Contains(axis) ? Dimension.Known(1) : length)]
        : [.. input.Where((_, axis) => !axes.Contains(axis))];
}
