using System.Collections.Concurrent;
using CompressTasks.Onnx;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>
/// What a configuration's widths alone say of the budgets: the cost of the deepest cut that leaves the widths which the recipe fixes (<c>keepPerGroup</c>). Counted from
/// axis lengths, so that a configuration which cannot keep the budgets is never trained.
/// </summary>
sealed class ArchitectureLimits
{
    readonly ConcurrentDictionary<string, double> known = new(StringComparer.Ordinal);
    readonly CouplingGraph graph;
    readonly CostLimits limits;

    ArchitectureLimits(CouplingGraph graph, CostLimits limits)
    {
        this.graph = graph;
        this.limits = limits;
    }

    /// <returns>How far a configuration is above the budgets, at most 0 where it may keep them; null where nothing of it fixes widths, or nothing limits cost.</returns>
    public static Func<Configuration, double>? Of(CompressionSubject subject, RecipeSpace space, BudgetLimits budgets)
    {
        var limits = budgets.CostLimits;
        if (limits == new CostLimits() || space.Space.Defaults() is not { } defaults || FirstCut(space.Make(defaults)) is not { KeepPerGroup.Count: > 0 } stage) return null;
        var graph = CouplingGraph.Build(subject.Original, ShapeInference.Infer(subject.Original, subject.Shapes), stage.AllowInexact ?? true);
        var architecture = new ArchitectureLimits(graph, limits);
        return configuration => architecture.Violation(space, configuration);
    }

    /// <summary>Where blocks go first, widths depend on which ones do.</summary>
    static PruneStage? FirstCut(Recipe recipe) => recipe.Stages is [PruneStage { Granularity.Granularity: Granularity.Channel } stage, ..] ? stage : null;

    double Violation(RecipeSpace space, Configuration configuration)
    {
        PruneStage stage;
        try
        {
            stage = FirstCut(space.Make(configuration))!;
        }
        catch (CompressException)
        {
            return 0; // values that do not go together fail as a trial, which says why
        }

        var key = string.Join(';', stage.KeepPerGroup!.Select(pair => $"{pair.Key}={pair.Value:R}")) + FormattableString.Invariant($";{stage.RoundTo};{stage.LeastPerGroup};{stage.MostPerGroup}");
        return known.GetOrAdd(key, _ => Above(stage));
    }

    double Above(PruneStage stage)
    {
        try
        {
            var cost = KeptWidths.Deepest(graph, stage).Cost;
            return new[] { Share(cost.Macs, limits.Macs), Share(cost.Parameters, limits.Parameters), Share(cost.Bytes, limits.Bytes) }.Max() - 1;
        }
        catch (PruningException)
        {
            return 0;
        }
    }

    static double Share(long cost, long? limit) => limit is { } most ? (double)cost / most : 0;
}
