using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>
/// A condition on a configuration that is known before a trial is run: between parameters, or on something that follows from them (size, FLOPs).
/// </summary>
/// <param name="Name">What errors and reports call it.</param>
/// <param name="Violation">At most 0 where the configuration is allowed; the larger the worse it is broken. A value that is not a number allows.</param>
public sealed record SpaceConstraint(string Name, Func<Configuration, double> Violation)
{
    /// <summary>The parameters that a parsed constraint names; empty for a function.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    internal bool IsText { get; init; }

    /// <summary>
    /// Two sides joined by <c>&lt;=</c>, <c>&gt;=</c>, <c>&lt;</c> or <c>&gt;</c>, each made of numbers, names (in single quotes where they have
    /// signs of arithmetic), <c>+ - * / ^</c>, brackets and <c>min max log exp sqrt abs</c>. Holds where a parameter that it names does not exist.
    /// </summary>
    /// <exception cref="TuningException">The text is not of this form.</exception>
    public static SpaceConstraint Parse(string inequality)
    {
        var (violation, names) = InequalityParser.Parse(inequality);
        return new(inequality, violation) { Names = names, IsText = true };
    }
}
