using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>Content rules of arithmetic, comparisons and reductions. Symbols stand for lengths, hence are not negative.</summary>
static class ContentArithmetic
{
    public static void AddTo(Dictionary<string, Func<NodeInference, TensorContent?>> rules)
    {
        rules["Add"] = inference => Binary(inference, ScalarValue.Add);
        rules["Sub"] = inference => Binary(inference, ScalarValue.Subtract);
        rules["Mul"] = inference => Binary(inference, ScalarValue.Multiply);
        rules["Div"] = inference => Binary(inference, ElementTypes.IsInteger(inference.Type(0)) ? ScalarValue.DivideIntegers : ScalarValue.Divide);
        rules["Mod"] = inference => Binary(
            inference,
            Numbers((a, b) => b == 0 ? double.NaN : inference.Node.Int("fmod", 0) != 0 ? a % b : a - (b * Math.Floor(a / b))));
        rules["Max"] = inference => Binary(inference, (a, b) => Extreme(a, b, Dimension.Max, Math.Max));
        rules["Min"] = inference => Binary(inference, (a, b) => Extreme(a, b, Dimension.Min, Math.Min));
        rules["Equal"] = inference => Binary(inference, Equal);
        rules["Less"] = inference => Binary(inference, Numbers((a, b) => a < b ? 1 : 0));
        rules["LessOrEqual"] = inference => Binary(inference, Numbers((a, b) => a <= b ? 1 : 0));
        rules["Greater"] = inference => Binary(inference, Numbers((a, b) => a > b ? 1 : 0));
        rules["GreaterOrEqual"] = inference => Binary(inference, Numbers((a, b) => a >= b ? 1 : 0));
        rules["And"] = inference => Binary(inference, Numbers((a, b) => a != 0 && b != 0 ? 1 : 0));
        rules["Or"] = inference => Binary(inference, Numbers((a, b) => a != 0 || b != 0 ? 1 : 0));
        rules["Not"] = inference => Unary(
            inference,
            value => value.Number is { } number ? ScalarValue.OfNumber(number == 0 ? 1 : 0) : ScalarValue.Unknown);
        rules["Neg"] = inference => Unary(inference, value => ScalarValue.Subtract(ScalarValue.OfNumber(0), value));
        rules["Abs"] = inference => Unary(
            inference,
            value => value.Number is { } number ? ScalarValue.OfNumber(Math.Abs(number)) : ScalarValue.Unknown);
        rules["Floor"] = inference => Unary(inference, value => value.Floor());
        rules["Ceil"] = inference => Unary(inference, value => value.Ceiling());
        rules["Sqrt"] = inference => Unary(
            inference,
            value => value.Number is >= 0 and { } number ? ScalarValue.OfNumber(Math.Sqrt(number)) : ScalarValue.Unknown);
        rules["ReduceProd"] = inference => ReduceAll(inference, ScalarValue.Multiply, 1);
        rules["ReduceSum"] = inference => ReduceAll(inference, ScalarValue.Add, 0);
    }

    /// <summary>A number as the element type stores it.</summary>
    public static ScalarValue Rounded(ScalarValue value, DataType type) =>
        type == DataType.Float && value.Number is { } number ? ScalarValue.OfNumber((float)number) : value;

    static TensorContent? Unary(NodeInference inference, Func<ScalarValue, ScalarValue> apply)
    {
        if (inference.Content(0) is not { } source) return null;
        var type = inference.Type(0);
        return source with { Elements = Array.ConvertAll(source.Elements, value => Rounded(apply(value), type)) };
    }

    static TensorContent? Binary(NodeInference inference, Func<ScalarValue, ScalarValue, ScalarValue> apply)
    {
        if (inference.InputCount != 2 || inference.Content(0) is not { } left || inference.Content(1) is not { } right) return null;
        if (ContentRules.OutputShape(inference) is not { } shape) return null;
        var type = inference.Outputs[0]!.Type;
        var (first, second) = (ContentArrays.Broadcast(left, shape).Elements, ContentArrays.Broadcast(right, shape).Elements);
        var elements = new ScalarValue[first.Length];
        for (var i = 0; i < elements.Length; i++) elements[i] = Rounded(apply(first[i], second[i]), type);
        return new(shape, elements);
    }

    static Func<ScalarValue, ScalarValue, ScalarValue> Numbers(Func<double, double, double> apply) =>
        (left, right) => left.Number is { } a && right.Number is { } b ? ScalarValue.OfNumber(apply(a, b)) : ScalarValue.Unknown;

    static ScalarValue Extreme(
        ScalarValue left, ScalarValue right, Func<Dimension, Dimension, Dimension> symbolic, Func<double, double, double> numbers)
    {
        if (left.Number is { } a && right.Number is { } b) return ScalarValue.OfNumber(numbers(a, b));
        return left.Integer is { } one && right.Integer is { } other ? ScalarValue.Of(symbolic(one, other)) : ScalarValue.Unknown;
    }

    static ScalarValue Equal(ScalarValue left, ScalarValue right)
    {
        if (left.Number is { } a && right.Number is { } b) return ScalarValue.OfNumber(a == b ? 1 : 0);
        if (left.Integer is not { } one || right.Integer is not { } other) return ScalarValue.Unknown;
        if (one == other) return ScalarValue.OfNumber(1);
        var (symbolic, number) = one.IsKnown ? (other, one) : (one, other);
        return number.IsKnown && number.Value < 0 && symbolic.IsNeverNegative ? ScalarValue.OfNumber(0) : ScalarValue.Unknown;
    }

    /// <summary>Reduction of all elements of a vector, as exporters write it for the number of elements.</summary>
    static TensorContent? ReduceAll(NodeInference inference, Func<ScalarValue, ScalarValue, ScalarValue> combine, long start)
    {
        if (inference.Content(0) is not { Shape.Length: <= 1 } source || ContentRules.OutputShape(inference) is not { } shape) return null;
        if (shape.Any(length => length != 1)) return null;
        var type = inference.Type(0);
        return new(shape, [source.Elements.Aggregate(ScalarValue.OfNumber(start), (total, next) => Rounded(combine(total, next), type))]);
    }
}
