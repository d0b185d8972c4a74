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
            case GraphProto graph: node.Set(name, graph); break;
            case IEnumerable<float> numbers: node.Set(name, numbers); break;
            case IEnumerable<int> numbers: node.Set(name, numbers.Select(number => (long)number)); break;
            case IEnumerable<long> numbers: node.Set(name, numbers); break;
            default:
                throw new ArgumentException(
                    $"The attribute '{name}' has the type {value.GetType().Name}, which no ONNX attribute has.",
                    nameof(value));
        }
    }
}
