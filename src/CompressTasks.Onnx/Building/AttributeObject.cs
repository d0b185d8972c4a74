using System.Collections;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Attributes written as the properties of an anonymous object.</summary>
static class AttributeObject
{
    public static void CopyTo(NodeProto node, object? attributes)
    {
        if (attributes is null) return;
        foreach (var property in attributes.GetType().GetProperties()) Set(node, property.Name, property.GetValue(attributes));
    }

    static void Set(NodeProto node, string name, object? value)
    {
        switch (value)
        {
            case null: break;
            case int number: node.Set(name, (long)number); break;
            case long number: node.Set(name, number); break;
            case float number: node.Set(name, number); break;
            case double number: node.Set(name, (float)number); break;
            case string text: node.Set(name, text); break;
            case TensorProto tensor: node.Set(name, tensor); break;
            case GraphProto graph: node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph }); break;
            case float[] numbers: node.Set(name, numbers); break;
            case IEnumerable numbers: node.Set(name, numbers.Cast<object>().Select(number => Convert.ToInt64(number, System.Globalization.CultureInfo.InvariantCulture))); break;
            default: throw new ArgumentException($"The attribute '{name}' has the type {value.GetType().Name}, which no ONNX attribute has.", nameof(value));
        }
    }
}
