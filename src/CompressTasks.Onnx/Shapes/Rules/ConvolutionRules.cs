namespace CompressTasks.Onnx;

static class ConvolutionRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Conv"] = inference => Convolution(inference, 1, inference.Type(0));
        rules["ConvInteger"] = inference => Convolution(inference, 1, Schema.TensorProto.Types.DataType.Int32);
        rules["QLinearConv"] = inference => Convolution(inference, 3, inference.Type(7));
        rules["ConvTranspose"] = Transposed;
        rules["DeformConv"] = inference => Convolution(inference, 1, inference.Type(0));
    }

    public static void Convolution(NodeInference inference, int weightInput, Schema.TensorProto.Types.DataType type)
    {
        var input = inference.Shape(0);
        var weight = inference.Shape(weightInput);
        if (input is null && weight is null)
        {
            inference.Output(0, type, null);
            return;
        }

        var rank = Rank(inference, input, weight, weightInput);
        var groups = inference.Node.Int("group", 1);
        var batch = input?[0] ?? inference.Unknown();
        var channels = weight?[0] ?? inference.Unknown();
        if (input is not null && weight is not null)
        {
            var expected = weight[1] * groups;
            if (input[1].IsKnown && expected.IsKnown && input[1] != expected)
            {
                throw inference.Contradiction(
                    $"gets {input[1]} input channels from {inference.Describe(0)} where its weight {inference.Describe(weightInput)} "
                        + $"in {groups} group(s) needs {expected}");
            }
        }

        if (groups < 1 || (channels.IsKnown && channels.Value % groups != 0))
        {
            throw inference.Contradiction($"has {channels} output channels in {groups} groups");
        }

        if (input is null || Kernel(inference, weight) is not { } kernel)
        {
            inference.Output(0, type, [batch, channels, .. inference.UnknownShape(rank - 2)]);
            return;
        }

        var window = SpatialWindow.Read(inference, kernel);
        inference.Output(0, type, [batch, channels, .. input.Skip(2).Select((length, axis) => window.Slide(inference, axis, length))]);
    }

    static void Transposed(NodeInference inference)
    {
        var node = inference.Node;
        var type = inference.Type(0);
        var weight = inference.Shape(1);
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(0, type, weight is null ? null : inference.UnknownShape(weight.Length));
            return;
        }

        var rank = Rank(inference, input, weight, 1);
        if (weight is not null && input[1].IsKnown && weight[0].IsKnown && input[1] != weight[0])
        {
            throw inference.Contradiction(
                $"gets {input[1]} input channels from {inference.Describe(0)} where its weight {inference.Describe(1)} needs {weight[0]}");
        }

        var channels = weight is null ? inference.Unknown() : weight[1] * node.Int("group", 1);
        if (node.Ints("output_shape") is { } given)
        {
            if (given.Length < rank - 2)
            {
                throw inference.Contradiction($"has an output_shape of {given.Length} lengths for {rank - 2} spatial axes");
            }
            inference.Output(0, type, [input[0], channels, .. given[^(rank - 2)..].Select(Dimension.Known)]);
            return;
        }

        if (Kernel(inference, weight) is not { } kernel)
        {
            inference.Output(0, type, [input[0], channels, .. inference.UnknownShape(rank - 2)]);
            return;
        }

        var window = SpatialWindow.Read(inference, kernel);
        var extra = node.Ints("output_padding") ?? new long[kernel.Length];
        if (extra.Length != kernel.Length)
        {
            throw inference.Contradiction($"has an output_padding of {extra.Length} lengths for {kernel.Length} spatial axes");
        }
        inference.Output(0, type, [input[0], channels, .. input.Skip(2).Select((length, axis) => Spread(window, axis, length, extra[axis]))]);
    }

    static Dimension Spread(SpatialWindow window, int axis, Dimension length, long extra)
    {
        if (window.AutoPad is "SAME_UPPER" or "SAME_LOWER") return length * window.Strides[axis];
        var (begin, end) = window.AutoPad == "VALID" ? (0, 0) : (window.Begin[axis], window.End[axis]);
        var extent = (window.Dilations[axis] * (window.Kernel[axis] - 1)) + 1;
        return ((length - 1) * window.Strides[axis]) + (extent + extra - begin - end);
    }

    static int Rank(NodeInference inference, Dimension[]? input, Dimension[]? weight, int weightInput)
    {
        var rank = (input ?? weight)!.Length;
        if (rank < 3)
        {
            throw inference.Contradiction($"needs a batch, a channel and at least one spatial axis but its input has rank {rank}");
        }
        if (weight is not null && weight.Length != rank)
        {
            throw inference.Contradiction(
                $"has an input {inference.Describe(0)} and a weight {inference.Describe(weightInput)} of different rank");
        }

        return rank;
    }

    static long[]? Kernel(NodeInference inference, Dimension[]? weight)
    {
        var declared = inference.Node.Ints("kernel_shape");
        if (weight is not null && declared is not null && declared.Length != weight.Length - 2)
        {
            throw inference.Contradiction($"declares the kernel [{string.Join(", ", declared)}] for a weight {inference.Describe(1)}");
        }

        if (weight is null || !weight.Skip(2).All(length => length.IsKnown)) return declared;
        long[] kernel = [.. weight.Skip(2).Select(length => length.Value)];
        if (declared is not null && !declared.AsSpan().SequenceEqual(kernel))
        {
            throw inference.Contradiction(
                $"declares the kernel [{string.Join(", ", declared)}] where its weight has [{string.Join(", ", kernel)}]");
        }

        return kernel;
    }
}
