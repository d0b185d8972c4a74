using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>One thing that is tuned.</summary>
/// <param name="Name">Letters, digits, <c>_</c>, <c>.</c>, <c>-</c>, <c>/</c>, <c>[</c>, <c>]</c>; unique in its space.</param>
public abstract record Parameter(string Name)
{
    /// <summary>All must hold for the parameter to exist. Their parents are declared before it.</summary>
    public ImmutableArray<Condition> When { get; init; } = [];

    /// <summary>
    /// What holds without tuning. A study tries the defaults before its sampler's suggestions when every parameter has one, and takes it for trials that were
    /// run before the parameter was added to the space.
    /// </summary>
    public ParameterValue? Default { get; init; }

    /// <summary>Reads one parameter in the form <c>{ "log": [1e-4, 1] }</c>; see docs/tuning.md.</summary>
    /// <exception cref="TuningException">The text is not of this form.</exception>
    public static Parameter FromJson(string name, string json) => SpaceFile.Parameter(name, JsonText.Parse(json, "parameter"));
}

/// <summary>A real number in [<paramref name="Low"/>, <paramref name="High"/>].</summary>
public sealed record FloatParameter(string Name, double Low, double High) : Parameter(Name)
{
    /// <summary>Searched by its logarithm; the bounds are positive.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Only Low, Low + Step, Low + 2 Step ... are allowed; not together with <see cref="Logarithmic"/>.</summary>
    public double? Step { get; init; }

    /// <summary>What is believed before any trial; uniform on the search scale when null.</summary>
    public NormalPrior? Prior { get; init; }

    /// <summary>How far below <paramref name="Low"/> the search may go when the best trial lies on that border.</summary>
    public double? Lowest { get; init; }

    /// <summary>How far above <paramref name="High"/> the search may go when the best trial lies on that border.</summary>
    public double? Highest { get; init; }
}

/// <summary>A normal distribution cut off at the parameter's bounds; of the logarithm where the parameter is logarithmic.</summary>
/// <param name="Mean">In the parameter's own unit (of a logarithmic one: its median).</param>
/// <param name="Deviation">Standard deviation in the parameter's own unit (of a logarithmic one: of its natural logarithm).</param>
public sealed record NormalPrior(double Mean, double Deviation);

/// <summary>A whole number in [<paramref name="Low"/>, <paramref name="High"/>].</summary>
public sealed record IntParameter(string Name, long Low, long High) : Parameter(Name)
{
    /// <summary>Searched by its logarithm; the bounds are positive.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Only Low, Low + Step ... are allowed; 1 when <see cref="Logarithmic"/>.</summary>
    public long Step { get; init; } = 1;

    /// <inheritdoc cref="FloatParameter.Lowest"/>
    public long? Lowest { get; init; }

    /// <inheritdoc cref="FloatParameter.Highest"/>
    public long? Highest { get; init; }
}

/// <summary>One of several choices without an order.</summary>
public sealed record CategoricalParameter(string Name, ImmutableArray<ParameterValue> Choices) : Parameter(Name)
{
    public bool Equals(CategoricalParameter? other) => base.Equals(other) && Choices.SequenceEqual(other!.Choices);

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Choices.Length);
}

/// <summary>True or false.</summary>
public sealed record BooleanParameter(string Name) : Parameter(Name);
