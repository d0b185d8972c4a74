using System.Globalization;
using System.Text;

namespace CompressTasks.Tuning;

/// <summary>A study as Markdown, for a terminal, a pull request or a summary of continuous integration.</summary>
public static class StudyReport
{
    const int MostImprovements = 15;
    const int MostSlices = 4;
    const double LeastImportance = 0.05;

    /// <param name="rows">How many of the best trials are listed.</param>
    public static string ToMarkdown(Study study, int rows = 10)
    {
        var trials = study.Trials;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {study.Name}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{trials.Length} trials: {Count(TrialState.Complete)} complete, {Count(TrialState.Pruned)} stopped early, ");
        text.Append(CultureInfo.InvariantCulture, $"{Count(TrialState.Failed)} failed, {Count(TrialState.Running)} running.\n");
        var listed = study.Objectives.Length > 1
            ? [.. study.ParetoFront.Take(rows)]
            : trials.Where(trial => trial.State == TrialState.Complete && study.Admits(trial))
                .OrderBy(trial => trial.TotalViolation)
                .ThenBy(trial => study.Objectives[0].Loss(trial.Values[0]))
                .Take(rows)
                .ToArray();
        if (listed.Length > 0)
            AppendTrials(text, study, listed);
        AppendHistory(text, study);
        for (var objective = 0; objective < study.Objectives.Length; objective++)
            AppendImportance(text, study, objective);
        return text.ToString();

        int Count(TrialState state) => trials.Count(trial => trial.State == state);
    }

    static void AppendTrials(StringBuilder text, Study study, TrialRecord[] listed)
    {
        var parameters = study.Space.Parameters.Select(parameter => parameter.Name).ToArray();
        var objectives = study.Objectives.Select(objective => objective.Name).ToArray();
        text.Append(study.Objectives.Length > 1 ? "\n## Pareto front\n\n" : "\n## Best trials\n\n");
        text.Append("| trial | ").AppendJoin(" | ", [.. objectives, .. parameters]).Append(" | |\n|---:|");
        text.Append(string.Concat(objectives.Select(_ => "---:|"))).Append(string.Concat(parameters.Select(_ => "---|"))).Append("---|\n");
        foreach (var trial in listed)
        {
            var values = trial.Values.Select(Short);
            var configuration = parameters.Select(name => trial.Configuration.TryGet(name, out var value) ? Short(value) : "");
            text.Append(CultureInfo.InvariantCulture, $"| {trial.Number} | ").AppendJoin(" | ", [.. values, .. configuration]);
            text.Append(trial.IsFeasible ? " | |\n" : " | over budget |\n");
        }
    }

    /// <summary>The trials that were better than all before, in one of the objectives; of many the last.</summary>
    static void AppendHistory(StringBuilder text, Study study)
    {
        var histories = Enumerable.Range(0, study.Objectives.Length).Select(objective => StudyInsight.History(study, objective)).ToArray();
        var better = Enumerable.Range(0, histories[0].Length)
            .Where(at => histories.Any(history => history[at].Best is not null && (at == 0 || history[at].Best != history[at - 1].Best)))
            .TakeLast(MostImprovements)
            .ToArray();
        if (better.Length == 0)
            return;
        text.Append("\n## The best value over the trials\n\n| trial | ").AppendJoin(" | ", study.Objectives.Select(objective => objective.Name));
        text.Append(" |\n|---:|").Append(string.Concat(study.Objectives.Select(_ => "---:|"))).Append('\n');
        foreach (var at in better)
            text.Append(CultureInfo.InvariantCulture, $"| {histories[0][at].Number} | ").AppendJoin(" | ", histories.Select(history => Short(history[at].Best!.Value))).Append(" |\n");
        var after = histories[0].Length - 1 - better[^1];
        if (after > 0)
            text.Append(CultureInfo.InvariantCulture, $"\nNo better one among the {after} trials after it.\n");
    }

    static void AppendImportance(StringBuilder text, Study study, int objective)
    {
        var importance = StudyInsight.Importance(study, objective);
        if (importance.IsEmpty)
            return;
        var name = study.Objectives[objective].Name;
        text.Append(CultureInfo.InvariantCulture, $"\n## What matters for {name}\n\n");
        text.Append("| parameter | variance explained | by permutation |\n|---|---:|---:|\n");
        foreach (var (parameter, variance, permutation) in importance)
            text.Append(CultureInfo.InvariantCulture, $"| {parameter} | {variance * 100:0.0} % | {permutation * 100:0.0} % |\n");
        foreach (var one in importance.Where(one => Math.Max(one.Variance, one.Permutation) >= LeastImportance).Take(MostSlices))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {name} along {one.Parameter}\n\n| {one.Parameter} | trials | best | median |\n|---|---:|---:|---:|\n");
            foreach (var part in StudySlices.Of(study, one.Parameter, objective))
            {
                var range = part.From == part.To ? Short(part.From) : $"{Short(part.From)} to {Short(part.To)}";
                text.Append(CultureInfo.InvariantCulture, $"| {range} | {part.Count} | {Short(part.Best)} | {Short(part.Median)} |\n");
            }
        }
    }

    /// <summary>Whole numbers in full, others in four digits.</summary>
    static string Short(double value) => value.ToString(value == Math.Round(value) && Math.Abs(value) < 1e15 ? "0" : "G4", CultureInfo.InvariantCulture);

    static string Short(ParameterValue value) => value.IsNumber ? Short(value.Number) : value.ToString().Replace("|", "\\|", StringComparison.Ordinal);
}
