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

    /// <summary>One condition that holds where all of these do, which have the same parent; bounds that no number keeps where they contradict each other.</summary>
    internal static Condition Both(IReadOnlyCollection<Condition> conditions)
    {
        if (conditions.Count == 1)
            return conditions.First();
        var parent = conditions.First().Parent;
        if (conditions.FirstOrDefault(condition => !condition.AnyOf.IsEmpty) is not { } listed)
            return From(parent, conditions.Max(condition => condition.AtLeast), conditions.Min(condition => condition.AtMost));
        ParameterValue[] common = [.. listed.AnyOf.Where(value => conditions.All(condition => condition.Holds(value)))];
        return common.Length > 0 ? Equal(parent, common) : From(parent, 1, 0);
    }

    public bool Equals(Condition? other) =>
        other is not null && Parent == other.Parent && AtLeast.Equals(other.AtLeast) && AtMost.Equals(other.AtMost) && AnyOf.SequenceEqual(other.AnyOf);

    public override int GetHashCode() => HashCode.Combine(Parent, AtLeast, AtMost, AnyOf.Length);
}
