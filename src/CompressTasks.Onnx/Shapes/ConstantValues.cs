using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>The tensor that a Constant node holds, in whichever of its attributes the exporter put it.</summary>
static class ConstantValues
{
    /// <returns>The tensor (a new one for lists and scalars), or null for strings, sparse tensors and nodes that are no Constant.</returns>
    public static TensorProto? TensorOf(NodeProto node)
    {
        if (!node.Is("Constant")) return null;
        foreach (var attribute in node.Attribute)
        {
            switch (attribute.Name)
            {
                case "value": return attribute.T;
                case "value_int": return TensorData.FromLongs("", [], [attribute.I]);
                case "value_ints": return TensorData.FromLongs("", [attribute.Ints.Count], [.. attribute.Ints]);
                case "value_float": return TensorData.FromFloats("", [], [attribute.F]);
                case "value_floats": return TensorData.FromFloats("", [attribute.Floats.Count], [.. attribute.Floats]);
            }
        }

        return null;
    }
}
