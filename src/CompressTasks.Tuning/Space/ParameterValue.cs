using System.Globalization;
using System.Text.Json.Nodes;

namespace CompressTasks.Tuning;

/// <summary>The value of one parameter: a number, a text or a flag.</summary>
public readonly record struct ParameterValue
{
    readonly double _number;
    readonly string? _text;
    readonly ValueKind _kind;

    ParameterValue(ValueKind kind, double number, string? text)
    {
        _kind = kind;
        _number = number;
        _text = text;
    }

    enum ValueKind : byte
    {
        Number,
        Text,
        Flag,
    }

    public bool IsNumber => _kind == ValueKind.Number;

    public bool IsText => _kind == ValueKind.Text;

    public bool IsFlag => _kind == ValueKind.Flag;

    /// <summary>The number; a flag counts as 0 or 1; a text has none.</summary>
    public double Number => _kind == ValueKind.Text ? throw Wrong("a number") : _number;

    public string Text => _kind == ValueKind.Text ? _text! : throw Wrong("a text");

    public bool Flag => _kind == ValueKind.Flag ? _number != 0 : throw Wrong("true or false");

    public static implicit operator ParameterValue(double value) => FromNumber(value);

    public static implicit operator ParameterValue(int value) => FromNumber(value);

    public static implicit operator ParameterValue(long value) => FromNumber(value);

    public static implicit operator ParameterValue(string value) => FromText(value);

    public static implicit operator ParameterValue(bool value) => FromFlag(value);

    public static ParameterValue FromNumber(double value) => new(ValueKind.Number, value, null);

    public static ParameterValue FromText(string value) => new(ValueKind.Text, 0, value);

    public static ParameterValue FromFlag(bool value) => new(ValueKind.Flag, value ? 1 : 0, null);

    /// <summary>Culture-invariant; numbers in the shortest form that reads back the same.</summary>
    public override string ToString() => _kind switch
    {
        ValueKind.Number => _number.ToString("R", CultureInfo.InvariantCulture),
        ValueKind.Text => _text!,
        _ => _number != 0 ? "true" : "false",
    };

    internal JsonNode ToJson() => _kind switch
    {
        ValueKind.Number => JsonValue.Create(_number),
        ValueKind.Text => JsonValue.Create(_text)!,
        _ => JsonValue.Create(_number != 0),
    };

    internal static ParameterValue FromJson(JsonNode? node) => node?.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Number => FromNumber(node.GetValue<double>()),
        System.Text.Json.JsonValueKind.String => FromText(node.GetValue<string>()),
        System.Text.Json.JsonValueKind.True => FromFlag(true),
        System.Text.Json.JsonValueKind.False => FromFlag(false),
        _ => throw new TuningException(
            TuningException.Space,
            $"'{node?.ToJsonString() ?? "null"}' is no value of a parameter.",
            "Values are numbers, texts, true or false."),
    };

    TuningException Wrong(string wanted) => new(TuningException.Configuration, $"The value '{this}' is not {wanted}.");
}
