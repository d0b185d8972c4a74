using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class PoolingRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["MaxPool"] = Pool;
        rules["AveragePool"] = Pool;
        rules["LpPool"] = Pool;
        rules["GlobalAveragePool"] = Global;
        rules["GlobalMaxPool"] = Global;
        rules["GlobalLpPool"] = Global;
        rules["MaxUnpool"] = Unpool;
        rules["RoiAlign"] = inference => Regions(inference, [inference.Node.Int("output_height", 1), inference.Node.Int("output_width", 1)]);
        rules["MaxRoiPool"] = inference => Regions(inference, inference.Node.Ints("pooled_shape") ?? []);
    }

    static void Pool(NodeInference inference)
    {
        var type = inference.Type(0);
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, type, null);
            return;
        }

        var shape = Slide(inference, input);
        inference.Output(0, type, shape);
        inference.Output(1, DataType.Int64, shape);
    }

    static Dimension[] Slide(NodeInference inference, Dimension[] input)
    {
        var kernel = inference.Node.Ints("kernel_shape") ?? throw inference.Contradiction("has no kernel_shape");
        if (kernel.Length != input.Length - 2)
        {
            throw inference.Contradiction($"has a kernel of {kernel.Length} axes for {inference.Describe(0)}");
        }
        var window = SpatialWindow.Read(inference, kernel);
        var ceiling = inference.Node.Int("ceil_mode", 0) != 0;
        return [input[0], input[1], .. input.Skip(2).Select((length, axis) => window.Pool(inference, axis, length, ceiling))];
    }

    static void Global(NodeInference inference)
    {
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        if (input.Length < 2) throw inference.Contradiction($"needs a batch and a channel axis but gets {inference.Describe(0)}");
        inference.Output(0, inference.Type(0), [input[0], input[1], .. Enumerable.Repeat(Dimension.Known(1), input.Length - 2)]);
    }

    static void Unpool(NodeInference inference)
    {
        var type = inference.Type(0);
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, type, null);
            return;
        }

        if (inference.HasInput(2))
        {
            inference.Output(0, type, inference.Content(2) is { } target ? Targets.Shape(inference, target) : inference.UnknownShape(input.Length));
            return;
        }

        var kernel = inference.Node.Ints("kernel_shape") ?? throw inference.Contradiction("has no kernel_shape");
        var window = SpatialWindow.Read(inference, kernel);
        inference.Output(0, type, [input[0], input[1], .. input.Skip(2).Select((length, axis) =>
            ((length - 1) * window.Strides[axis]) + (kernel[axis] - window.Begin[axis] - window.End[axis]))]);
    }

    static void Regions(NodeInference inference, long[] pooled)
    {
        var channels = inference.Shape(0) is { Length: 4 } input ? input[1] : inference.Unknown();
        var regions = inference.Shape(1) is { Length: 2 } boxes ? boxes[0] : inference.Unknown();
        inference.Output(0, inference.Type(0), [regions, channels, .. pooled.Select(Dimension.Known)]);
    }
}
