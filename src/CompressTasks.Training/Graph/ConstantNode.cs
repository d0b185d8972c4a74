using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>What a Constant node holds, in any of its forms but strings.</summary>
static class ConstantNode
{
    /// <returns>The tensor, or null for lists of strings, and nodes that are no Constant.</returns>
    public static TensorProto? Content(NodeProto node)
    {
        if (!node.Is("Constant")) return null;
        if (node.Tensor("value") is { } tensor) return tensor;
        if (node.Attribute("value_float") is { } number) return TensorData.FromFloats("", [], [number.F]);
        if (node.Floats("value_floats") is { } numbers) return TensorData.FromFloats("", [numbers.Length], numbers);
        if (node.Attribute("value_int") is { } integer) return TensorData.FromLongs("", [], [integer.I]);
        if (node.Ints("value_ints") is { } integers) return TensorData.FromLongs("", [integers.Length], integers);
        return node.Attribute("sparse_value")?.SparseTensor?.ToDense();
    }
}
