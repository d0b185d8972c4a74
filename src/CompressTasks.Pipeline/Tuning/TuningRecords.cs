using System.Globalization;
using System.Text;
using System.Text.Json;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>A study as reports and tables.</summary>
static class TuningRecords
{
    public const string Complete = "complete", Stopped = "stopped", Diverged = "diverged", Failed = "failed", OverBudget = "over budget", Running = "running";

    const string Note = "note";

    static readonly string[] Columns = ["trial", "state", "error", "best", "epochs", "seconds"];

    public static TuningReport Report(Study study)
    {
        var trials = Trials(study);
        return new TuningReport(
            study.Name,
            study.Best?.Number,
            study.Best?.Values[0],
            study.Trials.FirstOrDefault(trial => trial.Origin == "default") is { } untuned && trials[untuned.Number] is { State: Complete } complete ? complete.Error : null,
            trials,
            [.. StudyInsight.Importance(study).Select(one => new ImportanceReport(one.Parameter, one.Variance, one.Permutation))])
        {
            Plots = TuningPlots.Of(study),
        };
    }

    public static IReadOnlyList<TrialReport> Trials(Study study)
    {
        var trials = new List<TrialReport>();
        double? best = null;
        foreach (var trial in study.Trials)
        {
            var state = StateOf(trial);
            double? error = trial.Values.IsEmpty ? null : trial.Values[0];
            if (state == Complete && !(error >= best) && study.Admits(trial)) best = error;
            trials.Add(Of(trial, state, error, best));
        }

        return trials;
    }

    /// <summary>A trial as it will be when the study is told its outcome.</summary>
    public static TrialReport Ended(Study study, TrialRecord trial, TrialOutcome outcome)
    {
        var known = study.Trials.Where(other => other.Number == trial.Number).Select(other => other.Reports).FirstOrDefault([]);
        var ended = trial with
        {
            State = outcome.State,
            Values = outcome.Values.IsEmpty && outcome.State == TrialState.Pruned && !known.IsEmpty ? known[^1].Values : outcome.Values,
            Violations = outcome.Violations,
            Reports = known,
            Note = outcome.Note,
            Finished = DateTimeOffset.UtcNow,
        };
        var (state, error) = (StateOf(ended), ended.Values.IsEmpty ? (double?)null : ended.Values[0]);
        double? before = study.Best?.Values[0];
        return Of(ended, state, error, state == Complete && !(error >= before) ? error : before);
    }

    static TrialReport Of(TrialRecord trial, string state, double? error, double? best) => new(
        trial.Number,
        state,
        error,
        best,
        trial.Reports.Length,
        (trial.Finished - trial.Started)?.TotalSeconds,
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(trial.Configuration.ToJson())!,
        trial.Note);

    static string StateOf(TrialRecord trial) => trial.State switch
    {
        TrialState.Complete or TrialState.Pruned when !trial.IsFeasible => OverBudget,
        TrialState.Complete => Complete,
        TrialState.Pruned => Stopped,
        TrialState.Failed => trial.Note?.Contains(TrainingException.Diverged, StringComparison.Ordinal) == true ? Diverged : Failed,
        _ => Running,
    };

    /// <summary>RFC 4180, one line for each trial, numbers in invariant form. A parameter that is called as another column is has its path in study.json.</summary>
    public static string Csv(TuningReport report)
    {
        string[] names = [.. report.Trials.SelectMany(trial => trial.Values.Keys).Distinct()];
        var text = new StringBuilder().AppendJoin(',', Columns).Append(string.Concat(names.Select(name => "," + Quoted(name == Note || Columns.Contains(name) ? $"values.{name}" : name)))).Append($",{Note}\n");
        foreach (var trial in report.Trials)
        {
            text.Append(CultureInfo.InvariantCulture, $"{trial.Number},{trial.State},{trial.Error},{trial.Best},{trial.Epochs},{trial.Seconds:0.##}");
            foreach (var name in names) text.Append(',').Append(trial.Values.TryGetValue(name, out var value) ? Quoted(value.ToString()) : "");
            text.Append(',').Append(Quoted(trial.Note ?? "")).Append('\n');
        }

        return text.ToString();
    }

    static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
