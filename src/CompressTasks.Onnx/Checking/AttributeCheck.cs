using System.Collections.Frozen;
using CompressTasks.Onnx.Schema;
using AttributeType = CompressTasks.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace CompressTasks.Onnx;

/// <summary>Attributes are there once and have the type that their name has in every operator of the ONNX domain.</summary>
static class AttributeCheck
{
    static readonly FrozenDictionary<string, AttributeType> types = Collect();

    public static void Check(NodeProto node, string? file)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in node.Attribute)
        {
            if (!names.Add(attribute.Name)) throw Broken(node, $"has the attribute '{attribute.Name}' twice", file);

            // Inside a function an attribute may stand for one of the function's own.
            if (attribute.RefAttrName.Length > 0 || attribute.Type == AttributeType.Undefined) continue;
            if (node.Domain is "" or "ai.onnx" && types.TryGetValue(attribute.Name, out var expected) && attribute.Type != expected)
            {
                throw Broken(node, $"has the attribute '{attribute.Name}' as {attribute.Type} where the operator needs {expected}", file);
            }
        }
    }

    static FrozenDictionary<string, AttributeType> Collect()
    {
        var all = new Dictionary<string, AttributeType>(StringComparer.Ordinal);
        void Are(AttributeType type, params string[] names)
        {
            foreach (var name in names) all[name] = type;
        }

        Are(
            AttributeType.Int,
            "axis", "group", "keepdims", "transA", "transB", "ceil_mode", "count_include_pad", "to", "allowzero", "blocksize",
            "batch_dims", "hidden_size", "linear_before_reset", "layout", "num_outputs", "noop_with_empty_axes",
            "select_last_index", "align_corners", "storage_order", "k", "start", "end");
        Are(
            AttributeType.Ints, "kernel_shape", "strides", "dilations", "pads", "perm", "axes", "output_shape",
            "output_padding", "starts", "ends", "split");
        Are(AttributeType.Float, "alpha", "beta", "epsilon", "momentum", "gamma", "lambd", "ratio", "cubic_coeff_a", "extrapolation_value");
        Are(AttributeType.Floats, "scales", "activation_alpha", "activation_beta");
        Are(
            AttributeType.String, "auto_pad", "mode", "equation", "direction", "coordinate_transformation_mode", "nearest_mode",
            "padding_mode", "reduction");
        Are(AttributeType.Graph, "then_branch", "else_branch", "body");
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    static ModelException Broken(NodeProto node, string what, string? file) =>
        new(ModelException.InvalidGraph, $"Node '{node.DisplayName()}' ({node.OpType}) {what}.", file);
}
