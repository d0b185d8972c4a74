using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>
/// When a parameter exists: its parent has one of the listed values, or a number from <see cref="AtLeast"/> to <see cref="AtMost"/>. It does not
/// hold where the parent itself is absent.
/// </summary>
public sealed record Condition(string Parent)
{
    /// <summary>The values under which the parameter exists; empty when the bounds decide.</summary>
    public ImmutableArray<ParameterValue> AnyOf { get; init; } = [];

    public double AtLeast { get; init; } = double.NegativeInfinity;

    public double AtMost { get; init; } = double.PositiveInfinity;

    public static Condition Equal(string parent, params ParameterValue[] values) => new(parent) { AnyOf = [.. values] };

    public static Condition From(string parent, double atLeast, double atMost = double.PositiveInfinity) => new(parent) { AtLeast = atLeast, AtMost = atMost };

    public bool Holds(ParameterValue parent) => AnyOf.IsEmpty
        ? parent.IsNumber && parent.Number >= AtLeast && parent.Number <= AtMost
        : AnyOf.Contains(parent);

    public bool Equals(Condition? other) =>
        other is not null && Parent == other.Parent && AtLeast.Equals(other.AtLeast) && AtMost.Equals(other.AtMost) && AnyOf.SequenceEqual(other.AnyOf);

    public override int GetHashCode() => HashCode.Combine(Parent, AtLeast, AtMost, AnyOf.Length);
}
