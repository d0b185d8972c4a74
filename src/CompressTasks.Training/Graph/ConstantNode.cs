using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>What a Constant node holds, in any of its forms of numbers.</summary>
static class ConstantNode
{
    /// <exception cref="ModelException">CMP0007 for sparse tensors and strings.</exception>
    public static TensorProto Content(NodeProto node, string? file)
    {
        if (node.Tensor("value") is { } tensor) return tensor;
        if (node.Attribute("value_float") is { } number) return TensorData.FromFloats("", [], [number.F]);
        if (node.Floats("value_floats") is { } numbers) return TensorData.FromFloats("", [numbers.Length], numbers);
        if (node.Attribute("value_int") is { } integer) return TensorData.FromLongs("", [], [integer.I]);
        if (node.Ints("value_ints") is { } integers) return TensorData.FromLongs("", [integers.Length], integers);
        var reason = $"Node '{node.DisplayName()}' (Constant) holds strings or a sparse tensor, which cannot be run for training.";
        throw new ModelException(ModelException.UnsupportedOperator, reason, file);
    }
}
