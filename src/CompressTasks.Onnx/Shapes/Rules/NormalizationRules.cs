using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class NormalizationRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["BatchNormalization"] = BatchNormalization;
        rules["InstanceNormalization"] = PerChannel;
        rules["GroupNormalization"] = PerChannel;
        rules["LayerNormalization"] = LayerNormalization;
        rules["RMSNormalization"] = Same;
        rules["SimplifiedLayerNormalization"] = Simplified;
        rules["LRN"] = Same;
        rules["LpNormalization"] = inference => AlongAxis(inference, -1);
        rules["Softmax"] = inference => AlongAxis(inference, inference.Opset >= 13 ? -1 : 1);
        rules["LogSoftmax"] = rules["Softmax"];
        rules["Hardmax"] = rules["Softmax"];
        rules["MeanVarianceNormalization"] = Same;
    }

    static void Same(NodeInference inference) => inference.Output(0, inference.Type(0), inference.Shape(0));

    static void AlongAxis(NodeInference inference, long axis)
    {
        if (inference.Shape(0) is { Length: > 0 } input) inference.Axis(inference.Node.Int("axis", axis), input.Length);
        Same(inference);
    }

    static void BatchNormalization(NodeInference inference)
    {
        PerChannel(inference);
        for (var i = 1; i < inference.OutputCount; i++) inference.Output(i, inference.Type(Math.Min(i + 2, 4)), inference.Shape(1));
    }

    static void PerChannel(NodeInference inference)
    {
        Same(inference);
        if (inference.Shape(0) is not { Length: >= 2 } input || inference.Shape(1) is not [var scale]) return;

        // GroupNormalization before operator set 21 has one scale for each group.
        if (inference.Node.OpType == "GroupNormalization" && inference.Opset < 21) return;
        if (input[1].IsKnown && scale.IsKnown && input[1] != scale)
        {
            throw inference.Contradiction($"scales the {input[1]} channels of {inference.Describe(0)} with {scale} values");
        }
    }

    /// <summary>Only ONNX Runtime has it, though in the default domain; output 1 is the inverse root mean square.</summary>
    static void Simplified(NodeInference inference)
    {
        Same(inference);
        if (inference.Shape(0) is not { } input) return;
        var axis = inference.Axis(inference.Node.Int("axis", -1), input.Length);
        inference.Output(1, DataType.Float, [.. input[..axis], .. Enumerable.Repeat(Dimension.Known(1), input.Length - axis)]);
    }

    static void LayerNormalization(NodeInference inference)
    {
        Same(inference);
        var statistics = DataType.Float;
        if (inference.Shape(0) is not { } input)
        {
            inference.Output(1, statistics, null);
            inference.Output(2, statistics, null);
            return;
        }

        var axis = inference.Axis(inference.Node.Int("axis", -1), input.Length);
        Dimension[] reduced = [.. input[..axis], .. Enumerable.Repeat(Dimension.Known(1), input.Length - axis)];
        inference.Output(1, statistics, reduced);
        inference.Output(2, statistics, reduced);
    }
}
