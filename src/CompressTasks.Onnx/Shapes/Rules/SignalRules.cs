using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>Fourier transforms, windows, and the operators that turn images into columns and grids.</summary>
static class SignalRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["DFT"] = Fourier;
        foreach (var window in (string[])["HannWindow", "HammingWindow", "BlackmanWindow"]) rules[window] = Window;
        rules["AffineGrid"] = AffineGrid;
        rules["Col2Im"] = ColumnsToImage;
        rules["MelWeightMatrix"] = MelWeightMatrix;
    }

    static Dimension? Scalar(NodeInference inference, int input) =>
        inference.Content(input)?.Elements is [{ Integer: { } value }] ? value : (Dimension?)null;

    /// <summary>[..., length, 1 or 2] to [..., length, 2]; one-sided transforms keep half of the frequencies.</summary>
    static void Fourier(NodeInference inference)
    {
        if (inference.Shape(0) is not { Length: >= 2 } input)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        Dimension[] shape = [.. input];
        var isInverse = inference.Node.Int("inverse", 0) != 0;
        var isOneSided = inference.Node.Int("onesided", 0) != 0;
        var given = inference.Opset >= 20
            ? inference.HasInput(2) ? inference.Integers(2) is [var only] ? only : null : -2
            : (long?)inference.Node.Int("axis", 1);
        if (given is not { } axis)
        {
            inference.Output(0, inference.Type(0), inference.UnknownShape(input.Length));
            return;
        }

        var along = inference.Axis(axis, input.Length);
        if (inference.HasInput(1)) shape[along] = Scalar(inference, 1) ?? inference.Unknown();
        if (isOneSided && !isInverse) shape[along] = (shape[along] / 2) + 1;
        shape[^1] = isOneSided && isInverse ? 1 : 2;
        inference.Output(0, inference.Type(0), shape);
    }

    static void Window(NodeInference inference) => inference.Output(
        0, (DataType)inference.Node.Int("output_datatype", (long)DataType.Float), [Scalar(inference, 0) ?? inference.Unknown()]);

    /// <summary>[frequencies of a transform of the given length, mel bands].</summary>
    static void MelWeightMatrix(NodeInference inference)
    {
        var frequencies = Scalar(inference, 1) is { } length ? (length / 2) + 1 : inference.Unknown();
        var type = (DataType)inference.Node.Int("output_datatype", (long)DataType.Float);
        inference.Output(0, type, [frequencies, Scalar(inference, 0) ?? inference.Unknown()]);
    }

    /// <summary>Size [N, C, H, W] or [N, C, D, H, W] to a grid [N, H, W, 2] or [N, D, H, W, 3].</summary>
    static void AffineGrid(NodeInference inference)
    {
        if (inference.Content(1) is not { Elements.Length: 4 or 5 } content)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var size = Targets.Shape(inference, content);
        inference.Output(0, inference.Type(0), [size[0], .. size[2..], size.Length - 2]);
    }

    /// <summary>[N, C * block, L] to [N, C, image ...].</summary>
    static void ColumnsToImage(NodeInference inference)
    {
        if (inference.Content(1) is not { } image)
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var input = inference.Shape(0);
        Dimension[]? block = inference.Content(2) is { } content ? Targets.Shape(inference, content) : null;
        var channels = input is not null && block is not null ? input[1] / Dimension.Product(block) : inference.Unknown();
        inference.Output(0, inference.Type(0), [input is null ? inference.Unknown() : input[0], channels, .. Targets.Shape(inference, image)]);
    }
}
