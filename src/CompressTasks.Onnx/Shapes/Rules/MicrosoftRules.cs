using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>The operators that ONNX Runtime's optimiser and exporters for it write (domain com.microsoft).</summary>
static class MicrosoftRules
{
    public const string Domain = "com.microsoft";

    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        void Add(string name, Action<NodeInference> rule) => rules[$"{Domain}.{name}"] = rule;
        foreach (var name in (string[])
            ["BiasGelu", "FastGelu", "Gelu", "GroupNorm", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax", "QuickGelu", "RotaryEmbedding"])
        {
            Add(name, Same);
        }

        Add("FusedConv", inference => ConvolutionRules.Convolution(inference, 1, inference.Type(0)));
        Add("FusedGemm", MatrixRules.Gemm);
        Add("FusedMatMul", FusedMatMul);
        Add("MatMulIntegerToFloat", inference => MatrixRules.MatMul(inference, 0, 1, inference.Type(2)));
        Add("DynamicQuantizeMatMul", inference => MatrixRules.MatMul(inference, 0, 1, inference.Type(0)));
        Add("MatMulNBits", inference => inference.Output(0, inference.Type(0), inference.Shape(0) is { Length: > 0 } input ? [.. input[..^1], inference.Node.Int("N", 0)] : null));
        Add("SkipLayerNormalization", SkipNormalization);
        Add("SkipSimplifiedLayerNormalization", SkipNormalization);
        Add("EmbedLayerNormalization", Embedding);
        Add("QuantizeLinear", QuantizationRules.Quantize);
        Add("DequantizeLinear", inference => inference.Output(0, inference.Type(1), inference.Shape(0)));
        Add("QLinearAdd", QuantizedBinary);
        Add("QLinearMul", QuantizedBinary);
        Add("QLinearGlobalAveragePool", QuantizedGlobalPool);
        MicrosoftAttentionRules.AddTo(Add);
    }

    static void Same(NodeInference inference) => inference.Output(0, inference.Type(0), inference.Shape(0));

    static void FusedMatMul(NodeInference inference)
    {
        MatrixRules.MatMul(inference, Operand(inference, 0, "A"), Operand(inference, 1, "B"), (0, 1), inference.Type(0));
    }

    static Dimension[]? Operand(NodeInference inference, int input, string side)
    {
        if (inference.Shape(input) is not { Length: >= 2 } shape) return inference.Shape(input);
        if (inference.Node.Int($"transBatch{side}", 0) != 0) shape = [.. shape[1..^1], shape[0], shape[^1]];
        return inference.Node.Int($"trans{side}", 0) != 0 ? [.. shape[..^2], shape[^1], shape[^2]] : shape;
    }

    /// <summary>Outputs: the normalised sum, mean and inverse deviation of each row, the sum.</summary>
    static void SkipNormalization(NodeInference inference)
    {
        Same(inference);
        Dimension[]? rows = inference.Shape(0) is { Length: > 0 } input ? [.. input[..^1], 1] : null;
        inference.Output(1, DataType.Float, rows);
        inference.Output(2, DataType.Float, rows);
        inference.Output(3, inference.Type(0), inference.Shape(0));
    }

    static void Embedding(NodeInference inference)
    {
        Dimension[]? shape = inference.Shape(0) is { Length: 2 } ids && inference.Shape(2) is { Length: 2 } table ? [.. ids, table[1]] : null;
        inference.Output(0, inference.Type(2), shape);
        inference.Output(1, DataType.Int32, inference.Shape(0) is { Length: 2 } tokens ? [tokens[0]] : null);
        inference.Output(2, inference.Type(2), shape);
    }

    static void QuantizedBinary(NodeInference inference) =>
        inference.Output(0, inference.Type(0), Broadcasting.Common(inference, inference.Shape(0), inference.Shape(3)));

    static void QuantizedGlobalPool(NodeInference inference)
    {
        if (inference.Shape(0) is not { Length: >= 3 } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var ones = Enumerable.Repeat(Dimension.Known(1), input.Length - 2);
        inference.Output(0, inference.Type(0), inference.Node.Int("channels_last", 0) != 0 ? [input[0], .. ones, input[^1]] : [input[0], input[1], .. ones]);
    }
}
