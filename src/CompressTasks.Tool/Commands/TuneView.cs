using System.Globalization;
using CompressTasks.Pipeline;

namespace CompressTasks.Tool.Commands;

/// <summary>Trials as people see them.</summary>
static class TuneView
{
    public static readonly string[] Headers = ["Trial", "State", "Error", "Epochs", "Seconds", "Values"];

    /// <summary>The best trials and the newest one, by error.</summary>
    public static IEnumerable<TrialReport> BestAndNewest(IReadOnlyCollection<TrialReport> trials, int count)
    {
        var newest = trials.MaxBy(trial => trial.Number)!;
        var ranked = trials.OrderBy(trial => trial.State != "complete").ThenBy(trial => trial.Error ?? double.PositiveInfinity).ThenBy(trial => trial.Number).ToList();
        return ranked.Take(count).Contains(newest) ? ranked.Take(count) : [.. ranked.Take(count - 1), newest];
    }

    public static string[] Row(TrialReport trial) =>
    [
        trial.Number.ToString(CultureInfo.InvariantCulture),
        trial.Note is { } note && trial.State is not "stopped" ? $"{trial.State}: {note}" : trial.State,
        TuningReport.ErrorText(trial.Error),
        trial.Epochs.ToString(CultureInfo.InvariantCulture),
        trial.Seconds?.ToString("0", CultureInfo.InvariantCulture) ?? "",
        trial.ValuesText(),
    ];
}
