using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;

namespace CompressTasks.Tuning;

/// <summary>
/// The values of all parameters of one trial, in the order of the space. A parameter whose condition does not hold is absent. Immutable; equal when
/// the same names have the same values.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "The field's own term; that its values can be enumerated is secondary.")]
public sealed class Configuration : IReadOnlyCollection<KeyValuePair<string, ParameterValue>>, IEquatable<Configuration>
{
    readonly KeyValuePair<string, ParameterValue>[] _values;
    string? _key;

    /// <exception cref="TuningException">A name occurs twice.</exception>
    public Configuration(IEnumerable<KeyValuePair<string, ParameterValue>> values)
    {
        _values = [.. values];
        for (var i = 1; i < _values.Length; i++)
            for (var j = 0; j < i; j++)
                if (_values[i].Key == _values[j].Key)
                    throw new TuningException(TuningException.Configuration, $"The parameter '{_values[i].Key}' has two values.");
    }

    public Configuration(params (string Name, ParameterValue Value)[] values)
        : this(values.Select(value => KeyValuePair.Create(value.Name, value.Value)))
    {
    }

    public static Configuration Empty { get; } = new(Array.Empty<(string, ParameterValue)>());

    public int Count => _values.Length;

    /// <summary>Equal for equal configurations, whatever the order of their values.</summary>
    internal string Key => _key ??= MakeKey();

    /// <exception cref="TuningException">The parameter has no value here.</exception>
    public ParameterValue this[string name] => TryGet(name, out var value)
        ? value
        : throw new TuningException(
            TuningException.Configuration,
            $"The parameter '{name}' has no value in this configuration.",
            "Conditional parameters are absent when their condition does not hold: ask Contains first.");

    public bool Contains(string name) => TryGet(name, out _);

    public bool TryGet(string name, out ParameterValue value)
    {
        foreach (var pair in _values)
        {
            if (pair.Key == name)
            {
                value = pair.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    public double Float(string name) => this[name].Number;

    public int Int(string name) => checked((int)Math.Round(this[name].Number));

    public string Text(string name) => this[name].Text;

    public bool Flag(string name) => this[name].Flag;

    /// <summary>This configuration with one value replaced or added at the end.</summary>
    public Configuration With(string name, ParameterValue value) => Contains(name)
        ? new(_values.Select(pair => pair.Key == name ? KeyValuePair.Create(name, value) : pair))
        : new(_values.Append(KeyValuePair.Create(name, value)));

    public bool Equals(Configuration? other) => other is not null && (ReferenceEquals(this, other) || Key == other.Key);

    public override bool Equals(object? obj) => Equals(obj as Configuration);

    public override int GetHashCode() => string.GetHashCode(Key, StringComparison.Ordinal);

    public IEnumerator<KeyValuePair<string, ParameterValue>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>For people: <c>rate=0.01, layers=3</c>.</summary>
    public override string ToString() => string.Join(", ", _values.Select(pair => $"{pair.Key}={pair.Value}"));

    /// <summary>One JSON object with a member per parameter.</summary>
    public string ToJson() => new JsonObject(_values.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value.ToJson()))).ToJsonString();

    /// <exception cref="TuningException">The text is no JSON object of plain values.</exception>
    public static Configuration FromJson(string json)
    {
        if (JsonText.Parse(json, "configuration") is not JsonObject members)
            throw new TuningException(TuningException.Configuration, $"'{json}' is no configuration.", "Write one JSON object with a member per parameter.");
        return new(members.Select(member => KeyValuePair.Create(member.Key, ParameterValue.FromJson(member.Value))));
    }

    string MakeKey()
    {
        var ordered = _values.OrderBy(pair => pair.Key, StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var (name, value) in ordered)
            text.Append(name).Append('\u0001').Append(value.IsText ? 't' : value.IsFlag ? 'f' : 'n').Append(value.ToString()).Append('\u0002');
        return text.ToString();
    }
}
