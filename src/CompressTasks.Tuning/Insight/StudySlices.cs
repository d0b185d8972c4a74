namespace CompressTasks.Tuning;

/// <summary>The trials whose value of one parameter lies in a part of its range.</summary>
/// <param name="From">The least value that one of them has; of choices the choice.</param>
/// <param name="Best">Outcome of the best of them.</param>
readonly record struct SlicePart(ParameterValue From, ParameterValue To, int Count, double Best, double Median);

/// <summary>A slice in few parts, as a table shows it.</summary>
static class StudySlices
{
    const int Parts = 5;

    /// <summary>One part per value where there are few, else five with about as many trials each, in the order of the values.</summary>
    public static IEnumerable<SlicePart> Of(Study study, string parameter, int objective)
    {
        var slice = StudyInsight.Slice(study, parameter, objective);
        var values = slice.Select(point => point.Value).Distinct().Count();
        if (study.Space[parameter] is CategoricalParameter or BooleanParameter || values <= Parts)
        {
            return slice.GroupBy(point => point.Value)
                .OrderBy(group => group.Key.IsText ? 0 : group.Key.Number)
                .ThenBy(group => group.Key.ToString(), StringComparer.Ordinal)
                .Select(group => Part([.. group], study.Objectives[objective]));
        }

        // Equal values stay together.
        var sorted = slice.OrderBy(point => point.Value.Number).ToArray();
        var first = sorted.Select((point, place) => (point.Value, place)).GroupBy(pair => pair.Value).ToDictionary(group => group.Key, group => group.First().place);
        return sorted.GroupBy(point => first[point.Value] * Parts / sorted.Length).Select(group => Part([.. group], study.Objectives[objective]));
    }

    static SlicePart Part(SlicePoint[] points, Objective objective)
    {
        var ranked = points.OrderBy(point => objective.Loss(point.Outcome)).ToArray();
        return new(points[0].Value, points[^1].Value, points.Length, ranked[0].Outcome, ranked[ranked.Length / 2].Outcome);
    }
}
