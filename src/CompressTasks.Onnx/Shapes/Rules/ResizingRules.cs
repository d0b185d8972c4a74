namespace CompressTasks.Onnx;

static class ResizingRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Resize"] = Resize;
        rules["Upsample"] = Upsample;
    }

    static void Upsample(NodeInference inference)
    {
        var scales = inference.Node.Floats("scales");
        Scaled(inference, scales is null ? inference.Content(1)?.Elements : Array.ConvertAll(scales, scale => ScalarValue.OfNumber(scale)));
    }

    static void Resize(NodeInference inference)
    {
        // Operator set 10: data, scales. From 11: data, region, scales, sizes.
        var scalesInput = inference.Opset >= 11 ? 2 : 1;
        if (inference.HasInput(3)) Sized(inference);
        else Scaled(inference, inference.Content(scalesInput)?.Elements);
    }

    static void Sized(NodeInference inference)
    {
        var input = inference.Shape(0);
        if (inference.Content(3) is not { } content)
        {
            inference.Output(0, inference.Type(0), input is null ? null : inference.UnknownShape(input.Length));
            return;
        }

        var sizes = Targets.Shape(inference, content);
        if (input is null)
        {
            inference.Output(0, inference.Type(0), inference.Node.Has("axes") ? null : sizes);
            return;
        }

        var axes = Axes(inference, input.Length, sizes.Length);
        Dimension[] shape = [.. input];
        for (var i = 0; i < axes.Length; i++) shape[axes[i]] = sizes[i];
        if (inference.Node.Text("keep_aspect_ratio_policy", "stretch") is var policy && policy != "stretch")
        {
            KeepAspectRatio(inference, input, shape, axes, policy);
        }
        inference.Output(0, inference.Type(0), shape);
    }

    /// <summary>All axes get the smallest (not_larger) or largest (not_smaller) of the scales that the sizes ask for.</summary>
    static void KeepAspectRatio(NodeInference inference, Dimension[] input, Dimension[] shape, int[] axes, string policy)
    {
        if (!Array.TrueForAll(axes, axis => input[axis].IsKnown && shape[axis].IsKnown && input[axis].Value > 0))
        {
            foreach (var axis in axes) shape[axis] = inference.Unknown();
            return;
        }

        var scales = axes.Select(axis => (float)shape[axis].Value / input[axis].Value);
        var scale = policy == "not_larger" ? scales.Min() : scales.Max();
        foreach (var axis in axes) shape[axis] = (long)MathF.Round(scale * input[axis].Value, MidpointRounding.AwayFromZero);
    }

    static void Scaled(NodeInference inference, ScalarValue[]? scales)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        if (scales is null)
        {
            inference.Output(0, inference.Type(0), inference.UnknownShape(input.Length));
            return;
        }

        var axes = Axes(inference, input.Length, scales.Length);
        Dimension[] shape = [.. input];
        for (var i = 0; i < axes.Length; i++) shape[axes[i]] = Scale(inference, input[axes[i]], scales[i]);
        inference.Output(0, inference.Type(0), shape);
    }

    static Dimension Scale(NodeInference inference, Dimension length, ScalarValue scale)
    {
        // The runtime multiplies in single precision and cuts off.
        if (length.IsKnown && scale.Number is { } number) return (long)MathF.Floor(length.Value * (float)number);
        return ScalarValue.Multiply(ScalarValue.Of(length), scale).Floor().Integer ?? inference.Unknown();
    }

    static int[] Axes(NodeInference inference, int rank, int count)
    {
        var axes = inference.Axes(inference.Node.Ints("axes") ?? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)], rank);
        if (axes.Length != count)
        {
            throw inference.Contradiction($"is given {count} scales or sizes for {axes.Length} axes of {inference.Describe(0)}");
        }
        return axes;
    }
}
