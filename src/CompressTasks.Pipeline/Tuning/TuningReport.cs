using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CompressTasks.Pipeline;

/// <summary>One trial.</summary>
/// <param name="State">complete, stopped, diverged, failed, over budget, or running.</param>
/// <param name="Error">Validation error: 1 - accuracy, or what the data's metric is. Of a stopped trial the last one; null where there is none.</param>
/// <param name="Best">The least error of complete trials within the budgets so far.</param>
/// <param name="Epochs">Reports that it made.</param>
/// <param name="Values">Of its parameters, by name.</param>
/// <param name="Note">Why it was stopped or failed.</param>
public sealed record TrialReport(int Number, string State, double? Error, double? Best, int Epochs, double? Seconds, IReadOnlyDictionary<string, JsonElement> Values, string? Note)
{
    /// <summary>The values for people, such as <c>learningRate 0.1, epochs 4</c>.</summary>
    public string ValuesText() => string.Join(", ", Values.Select(pair => $"{pair.Key} {(pair.Value.ValueKind == JsonValueKind.Number ? pair.Value.GetDouble().ToString("G4", CultureInfo.InvariantCulture) : pair.Value)}"));

    /// <summary>One line for people, such as <c>trial 3 complete, error 0.0812, best 0.0790: learningRate 0.1</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"trial {Number} {State}, error {TuningReport.ErrorText(Error)}, best {TuningReport.ErrorText(Best)}: {ValuesText()}{(Note is null ? "" : $" ({Note})")}");
}

/// <summary>How much a parameter matters.</summary>
/// <param name="Variance">Share of the error's variance that it explains alone, 0 to 1.</param>
/// <param name="Permutation">Share of a model's error when it is told other trials' values of it; sums up to 1.</param>
public sealed record ImportanceReport(string Parameter, double Variance, double Permutation);

/// <summary>The search for a recipe.</summary>
/// <param name="Default">Error of what holds without tuning; null where no trial had it (constraints forbid it), or it did not end complete.</param>
/// <param name="BestTrial">Null where no trial ended complete within the budgets.</param>
/// <param name="Importance">The most important first; empty before ten complete trials.</param>
public sealed record TuningReport(
    string Study, int? BestTrial, double? BestError, double? Default, IReadOnlyList<TrialReport> Trials, IReadOnlyList<ImportanceReport> Importance)
{
    /// <summary>In study.json only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TuningPlots? Plots { get; init; }

    /// <summary>Which trial was taken, in a sentence for people.</summary>
    public string ChoiceText() => BestTrial is { } best
        ? string.Create(CultureInfo.InvariantCulture, $"Trial {best} of {Trials.Count} was best: validation error {ErrorText(BestError)}, without tuning {ErrorText(Default)}.")
        : string.Create(CultureInfo.InvariantCulture, $"None of the {Trials.Count} trials ended within the budgets; the one that missed them by least was taken.");

    /// <summary>For people; a dash where there is none.</summary>
    public static string ErrorText(double? error) => error is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";
}
