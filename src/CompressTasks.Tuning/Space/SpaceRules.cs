using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>What a space and a configuration must satisfy, checked once at the edge.</summary>
static class SpaceRules
{
    public static void Check(ImmutableArray<Parameter> parameters, ImmutableArray<SpaceConstraint> constraints)
    {
        var known = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var parameter in parameters)
        {
            if (parameter.Name.Length == 0 || !parameter.Name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-' or '/' or '[' or ']'))
                throw Wrong(parameter, "has a name that is not made of letters, digits, '_', '.', '-' and '/'");
            CheckRange(parameter);
            foreach (var condition in parameter.When)
                CheckCondition(parameter, condition, known.GetValueOrDefault(condition.Parent));
            foreach (var conditions in parameter.When.GroupBy(condition => condition.Parent))
                if (Condition.Both([.. conditions]) is var both && both.AtLeast > both.AtMost)
                    throw Wrong(parameter, $"exists under conditions of '{conditions.Key}' that contradict each other");
            if (!known.TryAdd(parameter.Name, parameter))
                throw Wrong(parameter, "is declared twice");
        }

        foreach (var constraint in constraints)
            foreach (var name in constraint.Names)
                if (!known.ContainsKey(name))
                {
                    throw new TuningException(
                        TuningException.Space,
                        $"The constraint '{constraint.Name}' names '{name}', which is no parameter.",
                        $"Parameters are {string.Join(", ", known.Keys)}. Names with '-' or '/' stand in single quotes.");
                }
    }

    public static void Check(SearchSpace space, Configuration configuration)
    {
        foreach (var (name, _) in configuration)
        {
            if (space.Parameters.Any(parameter => parameter.Name == name))
                continue;
            throw new TuningException(
                TuningException.Configuration,
                $"The space has no parameter '{name}'.",
                $"It has {string.Join(", ", space.Parameters.Select(parameter => parameter.Name))}.");
        }

        foreach (var parameter in space.Parameters)
        {
            var exists = Exists(parameter, configuration);
            if (exists != configuration.TryGet(parameter.Name, out var value))
            {
                throw new TuningException(
                    TuningException.Configuration,
                    exists ? $"The parameter '{parameter.Name}' has no value." : $"The parameter '{parameter.Name}' does not exist under the other values.");
            }

            if (exists && !Axis.Of(parameter, extended: true).Holds(value))
                throw new TuningException(TuningException.Configuration, $"{value} is no value of the parameter '{parameter.Name}'.");
        }
    }

    /// <summary>Whether the parameter's conditions hold under the values of its parents.</summary>
    public static bool Exists(Parameter parameter, IEnumerable<KeyValuePair<string, ParameterValue>> values)
    {
        foreach (var condition in parameter.When)
        {
            var holds = false;
            foreach (var (name, value) in values)
                holds |= name == condition.Parent && condition.Holds(value);
            if (!holds)
                return false;
        }

        return true;
    }

    /// <summary>Numbers out of the parent's range are no mistake: a range may have been narrowed.</summary>
    static void CheckCondition(Parameter parameter, Condition condition, Parameter? parent)
    {
        if (parent is null)
            throw Wrong(parameter, $"exists under '{condition.Parent}', which is not declared before it");
        bool CanBe(ParameterValue value) => parent is FloatParameter or IntParameter ? value.IsNumber : Axis.Of(parent).Holds(value);
        foreach (var value in condition.AnyOf)
            if (!CanBe(value))
                throw Wrong(parameter, $"exists where '{condition.Parent}' is {value}, which is none of its values");
        if (condition.AnyOf.IsEmpty && (parent is BooleanParameter || (parent is CategoricalParameter choice && !choice.Choices.Any(value => value.IsNumber))))
            throw Wrong(parameter, $"exists under bounds of '{condition.Parent}', which is no number");
    }

    static void CheckRange(Parameter parameter)
    {
        switch (parameter)
        {
            case FloatParameter real:
                CheckBounds(real, real.Low, real.High, real.Logarithmic, real.Lowest, real.Highest);
                if (real.Step is { } step && (!(step > 0) || step > real.High - real.Low || real.Logarithmic))
                    throw Wrong(real, "has a step that is not positive, is larger than its range, or goes with a logarithmic scale");
                if (real.Step is { } width)
                    CheckCount(real, real.Lowest ?? real.Low, real.Highest ?? real.High, width);
                if (real.Prior is { } prior && !(prior.Deviation > 0 && double.IsFinite(prior.Deviation) && double.IsFinite(prior.Mean) && (!real.Logarithmic || prior.Mean > 0)))
                    throw Wrong(real, "has a prior whose deviation is not positive or whose mean is out of range");
                break;
            case IntParameter whole:
                CheckBounds(whole, whole.Low, whole.High, whole.Logarithmic, whole.Lowest, whole.Highest);
                if (whole.Step < 1 || (whole.Logarithmic && whole.Step != 1))
                    throw Wrong(whole, "has a step below 1, or one that goes with a logarithmic scale");
                CheckCount(whole, whole.Lowest ?? whole.Low, whole.Highest ?? whole.High, whole.Step);
                if (Math.Max(Math.Abs((double)whole.Low), Math.Abs((double)whole.High)) > 1L << 52)
                    throw Wrong(whole, "has bounds beyond 2^52");
                break;
            case CategoricalParameter choice:
                if (choice.Choices.IsDefaultOrEmpty || choice.Choices.Distinct().Count() != choice.Choices.Length)
                    throw Wrong(choice, "has no choices, or one of them twice");
                break;
            case BooleanParameter:
                break;
            default:
                throw Wrong(parameter, "is of a kind that is not known");
        }

        if (parameter.Default is { } value && !Axis.Of(parameter, extended: true).Holds(value))
            throw Wrong(parameter, $"has the default {value}, which is none of its values");
    }

    /// <summary>Values are counted as 32-bit numbers.</summary>
    static void CheckCount(Parameter parameter, double low, double high, double step)
    {
        if ((high - low) / step >= int.MaxValue - 1)
            throw Wrong(parameter, "has more than 2147483646 values, its outermost limits included", "Use float or log without a step, and round where it is used; or take larger steps.");
    }

    static void CheckBounds(Parameter parameter, double low, double high, bool logarithmic, double? lowest, double? highest)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || low > high)
            throw Wrong(parameter, $"has the range [{ParameterValue.FromNumber(low)}, {ParameterValue.FromNumber(high)}], whose ends are not in order");
        if (logarithmic && (low <= 0 || lowest <= 0))
            throw Wrong(parameter, "is logarithmic and reaches down to zero or below");
        if ((lowest is { } least && !double.IsFinite(least)) || (highest is { } most && !double.IsFinite(most)))
            throw Wrong(parameter, "has outermost limits that are not finite");
        if (lowest > low || highest < high)
            throw Wrong(parameter, "has outermost limits inside its range");
    }

    static TuningException Wrong(Parameter parameter, string what, string? hint = null) => new(TuningException.Space, $"The parameter '{parameter.Name}' {what}.", hint);
}
