using System.IO.Enumeration;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pipeline;

/// <summary>The widths that a recipe fixes, group of layers by group.</summary>
static class KeptWidths
{
    /// <param name="isFirst">Whether it is the stage's first cut, which gives the groups their widths; later ones leave them as they are.</param>
    /// <returns>For each group the share of its present units that stays; null for those that the budgets cut. Null where the stage fixes none.</returns>
    /// <exception cref="RecipeException">CMP0111 a pattern that fits no layer.</exception>
    public static IReadOnlyList<double?>? Of(CouplingGraph graph, PruneStage stage, bool isFirst)
    {
        if (stage.KeepPerGroup is not { Count: > 0 } patterns) return null;
        var fits = patterns.Keys.ToDictionary(pattern => pattern, _ => false, StringComparer.Ordinal);
        var shares = new double?[graph.Groups.Count];
        foreach (var (index, group) in graph.Groups.Index())
        {
            string[] weights = [.. graph.Units[group.Units[0]].Makers.Select(slice => slice.Initializer).Distinct()];
            foreach (var (pattern, share) in patterns)
            {
                if (!weights.Any(weight => FileSystemName.MatchesSimpleExpression(pattern, weight, ignoreCase: false))) continue;
                fits[pattern] = true;
                // The first one that fits counts.
                shares[index] ??= isFirst ? share : 1;
            }
        }

        if (fits.FirstOrDefault(pair => !pair.Value).Key is { } without)
        {
            throw new RecipeException(
                RecipeException.Malformed,
                $"keepPerGroup's '{without}' fits the name of no weight that makes channels.",
                graph.Model.Path,
                $"Groups have these weights: {string.Join(", ", graph.Groups.Select(group => group.Name).Take(20))}.");
        }

        return shares;
    }

    /// <summary>The deepest cut that leaves these widths.</summary>
    public static Cut Deepest(CouplingGraph graph, PruneStage stage)
    {
        var settings = new SelectionSettings(Distribution.Uniform)
        {
            RoundTo = Math.Max(1, stage.RoundTo),
            MostPerGroup = stage.MostPerGroup,
            LeastPerGroup = stage.LeastPerGroup,
            Kept = Of(graph, stage, isFirst: true),
        };
        return new CutSearch(graph, new UnitSelection(graph, new double[graph.Units.Count], settings)).Everything;
    }
}
