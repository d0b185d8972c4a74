using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>
/// What is searched: parameters in the order of their declaration, and constraints between them. Immutable; every method that adds returns a new space.
/// <code>
/// var space = new SearchSpace()
///     .Float("rate", 1e-4, 1, logarithmic: true)
///     .Categorical("optimizer", "sgd", "adam")
///     .Float("momentum", 0, 0.99).When("optimizer", "sgd")
///     .Int("layers", 1, 4)
///     .Int("width", 16, 512, logarithmic: true)
///     .Subject("layers * width &lt;= 1024");
/// </code>
/// </summary>
public sealed class SearchSpace
{
    /// <exception cref="TuningException">A parameter or constraint is malformed.</exception>
    public SearchSpace(IEnumerable<Parameter> parameters, IEnumerable<SpaceConstraint>? constraints = null)
    {
        Parameters = [.. parameters];
        Constraints = [.. constraints ?? []];
        SpaceRules.Check(Parameters, Constraints);
    }

    public SearchSpace()
        : this([])
    {
    }

    public ImmutableArray<Parameter> Parameters { get; }

    /// <summary>Known before a trial is run; a configuration that breaks one is never suggested.</summary>
    public ImmutableArray<SpaceConstraint> Constraints { get; }

    /// <exception cref="TuningException">There is no such parameter.</exception>
    public Parameter this[string name] => Parameters.FirstOrDefault(parameter => parameter.Name == name)
        ?? throw new TuningException(
            TuningException.Space,
            $"The space has no parameter '{name}'.",
            $"It has {string.Join(", ", Parameters.Select(parameter => parameter.Name))}.");

    public SearchSpace With(Parameter parameter) => new(Parameters.Add(parameter), Constraints);

    public SearchSpace Float(string name, double low, double high, bool logarithmic = false, double? step = null, ParameterValue? standard = null) =>
        With(new FloatParameter(name, low, high) { Logarithmic = logarithmic, Step = step, Default = standard });

    public SearchSpace Int(string name, long low, long high, bool logarithmic = false, long step = 1, ParameterValue? standard = null) =>
        With(new IntParameter(name, low, high) { Logarithmic = logarithmic, Step = step, Default = standard });

    public SearchSpace Categorical(string name, params ParameterValue[] choices) => With(new CategoricalParameter(name, [.. choices]));

    public SearchSpace Boolean(string name) => With(new BooleanParameter(name));

    /// <summary>The parameter declared last exists only where <paramref name="parent"/> has one of <paramref name="values"/>.</summary>
    public SearchSpace When(string parent, params ParameterValue[] values) => When(Condition.Equal(parent, values));

    /// <summary>The parameter declared last exists only under <paramref name="condition"/>.</summary>
    public SearchSpace When(Condition condition)
    {
        if (Parameters.IsEmpty)
            throw new TuningException(TuningException.Space, "A condition was declared before any parameter.");
        var last = Parameters[^1];
        return new(Parameters.SetItem(Parameters.Length - 1, last with { When = last.When.Add(condition) }), Constraints);
    }

    /// <summary>Adds a constraint in the form <c>layers * width &lt;= 1024</c>; see <see cref="SpaceConstraint.Parse"/>.</summary>
    public SearchSpace Subject(string inequality) => new(Parameters, Constraints.Add(SpaceConstraint.Parse(inequality)));

    /// <summary>Adds a constraint: <paramref name="violation"/> is at most 0 where the configuration is allowed, and the larger the worse it is broken.</summary>
    public SearchSpace Subject(string name, Func<Configuration, double> violation) => new(Parameters, Constraints.Add(new(name, violation)));

    /// <summary>Whether all constraints hold.</summary>
    public bool Allows(Configuration configuration)
    {
        foreach (var constraint in Constraints)
            if (constraint.Violation(configuration) > 0)
                return false;
        return true;
    }

    /// <summary>Checks that a configuration written by hand has exactly the parameters that exist under its values, each in its range.</summary>
    /// <exception cref="TuningException">It has not.</exception>
    public void Check(Configuration configuration) => SpaceRules.Check(this, configuration);

    /// <summary>The configuration of all defaults; null when a parameter that exists under them has none.</summary>
    public Configuration? Defaults()
    {
        var values = new List<KeyValuePair<string, ParameterValue>>();
        foreach (var parameter in Parameters)
        {
            if (!SpaceRules.Exists(parameter, values))
                continue;
            if (parameter.Default is not { } value)
                return null;
            values.Add(KeyValuePair.Create(parameter.Name, value));
        }

        return values.Count == 0 ? null : new Configuration(values);
    }

    /// <summary>Reads the form that <see cref="ToJson"/> writes and docs/tuning.md describes.</summary>
    public static SearchSpace FromJson(string json) => SpaceFile.Read(json);

    /// <summary>Constraints that are functions in C# are written by name only and cannot be read back.</summary>
    public string ToJson() => SpaceFile.Write(this);
}
