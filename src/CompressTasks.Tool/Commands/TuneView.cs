using System.Globalization;
using System.Text.Json;
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
        Error(trial.Error),
        trial.Epochs.ToString(CultureInfo.InvariantCulture),
        trial.Seconds?.ToString("0", CultureInfo.InvariantCulture) ?? "",
        Values(trial),
    ];

    /// <summary>What a log says of a finished trial.</summary>
    public static ProgressEvent Line(TrialReport trial, int trials) => new(
        "tune",
        string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number} {trial.State}, error {Error(trial.Error)}, best {Error(trial.Best)}: {Values(trial)}{(trial.Note is { } note ? $" ({note})" : "")}"),
        Math.Min(1, (trial.Number + 1.0) / trials));

    public static string Error(double? value) => value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";

    static string Values(TrialReport trial) => string.Join(", ", trial.Values.Select(pair => $"{pair.Key} {Text(pair.Value)}"));

    static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString("G4", CultureInfo.InvariantCulture) : value.ToString();
}
