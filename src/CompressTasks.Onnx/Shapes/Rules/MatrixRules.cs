using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

static class MatrixRules
{
    public static void AddTo(Dictionary<string, Action<NodeInference>> rules)
    {
        rules["Gemm"] = Gemm;
        rules["MatMul"] = inference => MatMul(inference, 0, 1, inference.Type(0));
        rules["MatMulInteger"] = inference => MatMul(inference, 0, 1, DataType.Int32);
        rules["QLinearMatMul"] = inference => MatMul(inference, 0, 3, inference.Type(7));
        rules["Einsum"] = Einsum;
        rules["Det"] = inference => inference.Output(0, inference.Type(0), inference.Shape(0)?[..^2]);
    }

    public static void Gemm(NodeInference inference)
    {
        var (left, right) = (inference.Shape(0), inference.Shape(1));
        var transposeLeft = inference.Node.Int("transA", 0) != 0;
        var transposeRight = inference.Node.Int("transB", 0) != 0;
        if (left is { Length: not 2 } || right is { Length: not 2 }) throw inference.Contradiction("needs two matrices");
        var rows = left is null ? inference.Unknown() : left[transposeLeft ? 1 : 0];
        var columns = right is null ? inference.Unknown() : right[transposeRight ? 0 : 1];
        if (left is not null && right is not null) SameLength(inference, left[transposeLeft ? 0 : 1], right[transposeRight ? 1 : 0], 0, 1);
        Dimension[] shape = [rows, columns];
        if (inference.Shape(2) is { } bias) Broadcasting.Common(inference, bias, shape);
        inference.Output(0, inference.Type(0), shape);
    }

    public static void MatMul(NodeInference inference, int leftInput, int rightInput, DataType type) =>
        MatMul(inference, inference.Shape(leftInput), inference.Shape(rightInput), (leftInput, rightInput), type);

    /// <param name="left">Shape of the left operand as it is multiplied.</param>
    /// <param name="right">The same of the right one.</param>
    /// <param name="inputs">Numbers of the inputs that they are, for messages.</param>
    public static void MatMul(NodeInference inference, Dimension[]? left, Dimension[]? right, (int Left, int Right) inputs, DataType type)
    {
        if (left is null || right is null)
        {
            inference.Output(0, type, null);
            return;
        }

        if (left.Length == 0 || right.Length == 0) throw inference.Contradiction("multiplies a scalar");
        SameLength(inference, left[^1], right.Length == 1 ? right[0] : right[^2], inputs.Left, inputs.Right);
        var batch = Broadcasting.Common(inference, left.Length > 2 ? left[..^2] : [], right.Length > 2 ? right[..^2] : [])!;
        List<Dimension> shape = [.. batch];
        if (left.Length > 1) shape.Add(left[^2]);
        if (right.Length > 1) shape.Add(right[^1]);
        inference.Output(0, type, [.. shape]);
    }

    static void SameLength(NodeInference inference, Dimension left, Dimension right, int leftInput, int rightInput)
    {
        if (left.IsKnown && right.IsKnown && left != right)
        {
            throw inference.Contradiction(
                $"multiplies {inference.Describe(leftInput)} with {inference.Describe(rightInput)}: {left} and {right} should be equal");
        }
    }

    static void Einsum(NodeInference inference)
    {
        var equation = EinsumEquation.Parse(inference.Node) ?? throw inference.Contradiction("has no valid equation");
        Dimension[]?[] shapes = [.. Enumerable.Range(0, inference.InputCount).Select(inference.Shape)];
        if (shapes.Length != equation.Inputs.Count)
        {
            throw inference.Contradiction($"has {shapes.Length} inputs for the {equation.Inputs.Count} terms of its equation");
        }
        if (Array.Exists(shapes, shape => shape is null))
        {
            inference.Output(0, inference.Type(0), null);
            return;
        }

        var lengths = equation.Lengths(shapes!) ?? throw inference.Contradiction("has inputs that do not fit its equation");
        inference.Output(0, inference.Type(0), [.. equation.OutputLabels(lengths).Select(label => lengths[label])]);
    }
}
