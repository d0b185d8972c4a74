using System.Globalization;
using System.Text;

namespace CompressTasks.Tuning;

/// <summary>A study as Markdown, for a terminal, a pull request or a summary of continuous integration.</summary>
public static class StudyReport
{
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
        var importance = StudyInsight.Importance(study);
        if (!importance.IsEmpty)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## What matters for {study.Objectives[0].Name}\n\n");
            text.Append("| parameter | variance explained | by permutation |\n|---|---:|---:|\n");
            foreach (var (parameter, variance, permutation) in importance)
                text.Append(CultureInfo.InvariantCulture, $"| {parameter} | {variance * 100:0.0} % | {permutation * 100:0.0} % |\n");
        }

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
            var values = trial.Values.Select(value => value.ToString("0.######", CultureInfo.InvariantCulture));
            var configuration = parameters.Select(name => trial.Configuration.TryGet(name, out var value) ? Short(value) : "");
            text.Append(CultureInfo.InvariantCulture, $"| {trial.Number} | ").AppendJoin(" | ", [.. values, .. configuration]);
            text.Append(trial.IsFeasible ? " | |\n" : " | over budget |\n");
        }
    }

    static string Short(ParameterValue value) => value.IsNumber
        ? value.Number.ToString("0.######", CultureInfo.InvariantCulture)
        : value.ToString().Replace("|", "\\|", StringComparison.Ordinal);
}
