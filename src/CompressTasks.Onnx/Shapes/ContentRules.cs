using System.Collections.Frozen;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// How operators compute the elements of small integer and scalar tensors; runs after the operator's shape rule, so output shapes are
/// there.
/// </summary>
static class ContentRules
{
    static readonly FrozenDictionary<string, Func<NodeInference, TensorContent?>> rules = Collect();

    public static Func<NodeInference, TensorContent?>? For(NodeProto node) =>
        node.Domain is "" or "ai.onnx" ? rules.GetValueOrDefault(node.OpType) : null;

    static FrozenDictionary<string, Func<NodeInference, TensorContent?>> Collect()
    {
        var all = new Dictionary<string, Func<NodeInference, TensorContent?>>(StringComparer.Ordinal)
        {
            ["Shape"] = Lengths,
            ["Size"] = inference => inference.Shape(0) is { } shape ? TensorContent.Scalar(ScalarValue.Of(Dimension.Product(shape))) : null,
            ["Cast"] = Cast,
            ["ConstantOfShape"] = Filled,
            ["Range"] = Sequence,
            ["Expand"] = inference => OutputShape(inference) is { } shape && inference.Content(0) is { } source
                ? ContentArrays.Broadcast(source, shape)
                : null,
        };
        foreach (var name in (string[])["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Dropout"]) all[name] = SameElements;
        ContentSelection.AddTo(all);
        ContentArithmetic.AddTo(all);
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The shape of the node's first output as numbers, if it is small enough to follow its elements.</summary>
    public static long[]? OutputShape(NodeInference inference)
    {
        if (inference.Outputs[0]?.Shape is not { } shape || !Array.TrueForAll(shape, length => length.IsKnown)) return null;
        return Dimension.Product(shape).Value <= TensorContent.MostElements ? Array.ConvertAll(shape, length => length.Value) : null;
    }

    static TensorContent? Lengths(NodeInference inference)
    {
        if (inference.Shape(0) is not { } shape) return null;
        var (start, count) = GeneratingRules.ShapeRange(inference, shape.Length);
        return TensorContent.Vector(shape.Skip(start).Take(count).Select(ScalarValue.Of));
    }

    static TensorContent? SameElements(NodeInference inference) =>
        inference.Content(0) is { } source && OutputShape(inference) is { } shape ? source with { Shape = shape } : null;

    static TensorContent? Cast(NodeInference inference)
    {
        if (inference.Content(0) is not { } source) return null;
        var type = (DataType)inference.Node.Int("to", 0);
        Func<ScalarValue, ScalarValue>? convert = type switch
        {
            DataType.Bool => value => value.Number is { } number ? ScalarValue.OfNumber(number != 0 ? 1 : 0) : ScalarValue.Unknown,
            DataType.Int64 or DataType.Int32 => value => value.Truncate(),
            DataType.Float or DataType.Double => value => ContentArithmetic.Rounded(value, type),
            _ => null,
        };
        return convert is null ? null : source with { Elements = Array.ConvertAll(source.Elements, value => convert(value)) };
    }

    static TensorContent? Filled(NodeInference inference)
    {
        if (OutputShape(inference) is not { } shape) return null;
        var value = inference.Node.Tensor("value") is { } tensor ? TensorContent.From(tensor)?.Elements : [ScalarValue.OfNumber(0)];
        return value is [var only] ? ContentArrays.Broadcast(TensorContent.Scalar(only), shape) : null;
    }

    static TensorContent? Sequence(NodeInference inference)
    {
        if (OutputShape(inference) is not [var count]
            || inference.Content(0)?.Elements is not [var start]
            || inference.Content(2)?.Elements is not [var step])
        {
            return null;
        }
        var type = inference.Outputs[0]!.Type;
        var elements = new ScalarValue[count];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = ContentArithmetic.Rounded(ScalarValue.Add(start, ScalarValue.Multiply(step, ScalarValue.OfNumber(i))), type);
        }

        return new([count], elements);
    }
}
