using CompressTasks.Onnx.Schema;
using Google.Protobuf;

namespace CompressTasks.Onnx;

/// <summary>Typed access to a node's attributes by name, with the defaults of the ONNX specification given by the caller.</summary>
public static class NodeAttributes
{
    public static AttributeProto? Attribute(this NodeProto node, string name)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.Name == name) return attribute;
        }

        return null;
    }

    public static bool Has(this NodeProto node, string name) => node.Attribute(name) is not null;

    public static long Int(this NodeProto node, string name, long otherwise) => node.Attribute(name)?.I ?? otherwise;

    public static float Float(this NodeProto node, string name, float otherwise) => node.Attribute(name)?.F ?? otherwise;

    public static string Text(this NodeProto node, string name, string otherwise) =>
        node.Attribute(name) is { } attribute ? attribute.S.ToStringUtf8() : otherwise;

    /// <returns>The list, or null where the attribute is absent.</returns>
    public static long[]? Ints(this NodeProto node, string name) => node.Attribute(name) is { } attribute ? [.. attribute.Ints] : null;

    /// <returns>The list, or null where the attribute is absent.</returns>
    public static float[]? Floats(this NodeProto node, string name) => node.Attribute(name) is { } attribute ? [.. attribute.Floats] : null;

    public static TensorProto? Tensor(this NodeProto node, string name) => node.Attribute(name)?.T;

    public static GraphProto? Subgraph(this NodeProto node, string name) => node.Attribute(name)?.G;

    public static void Set(this NodeProto node, string name, long value)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.Int);
        attribute.I = value;
    }

    public static void Set(this NodeProto node, string name, float value)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.Float);
        attribute.F = value;
    }

    public static void Set(this NodeProto node, string name, string value)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.String);
        attribute.S = ByteString.CopyFromUtf8(value);
    }

    public static void Set(this NodeProto node, string name, IEnumerable<long> values)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.Ints);
        attribute.Ints.AddRange(values);
    }

    public static void Set(this NodeProto node, string name, IEnumerable<float> values)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.Floats);
        attribute.Floats.AddRange(values);
    }

    public static void Set(this NodeProto node, string name, TensorProto value)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.Tensor);
        attribute.T = value;
    }

    public static void Set(this NodeProto node, string name, GraphProto value)
    {
        var attribute = Fresh(node, name, AttributeProto.Types.AttributeType.Graph);
        attribute.G = value;
    }

    public static void RemoveAttribute(this NodeProto node, string name)
    {
        if (node.Attribute(name) is { } attribute) node.Attribute.Remove(attribute);
    }

    /// <summary>The name of the node's input <paramref name="index"/>, or null where it is absent or left out by an empty name.</summary>
    public static string? InputOrNull(this NodeProto node, int index) =>
        index < node.Input.Count && node.Input[index].Length > 0 ? node.Input[index] : null;

    /// <summary>The name of the node's output <paramref name="index"/>, or null where it is absent or left out by an empty name.</summary>
    public static string? OutputOrNull(this NodeProto node, int index) =>
        index < node.Output.Count && node.Output[index].Length > 0 ? node.Output[index] : null;

    /// <summary>How messages and reports call the node: its name, else its first output.</summary>
    public static string DisplayName(this NodeProto node) =>
        node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(output => output.Length > 0) ?? node.OpType;

    /// <summary>The operator's name, with its domain and a dot in front where that is not the default one.</summary>
    public static string QualifiedName(this NodeProto node) => node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}";

    /// <summary>True for the operator <paramref name="operatorName"/> of the default ONNX domain.</summary>
    public static bool Is(this NodeProto node, string operatorName) => node.OpType == operatorName && node.Domain is ("" or "ai.onnx");

    static AttributeProto Fresh(NodeProto node, string name, AttributeProto.Types.AttributeType type)
    {
        var attribute = new AttributeProto { Name = name, Type = type };
        for (var index = 0; index < node.Attribute.Count; index++)
        {
            if (node.Attribute[index].Name != name) continue;
            node.Attribute[index] = attribute;
            return attribute;
        }

        node.Attribute.Add(attribute);
        return attribute;
    }
}
