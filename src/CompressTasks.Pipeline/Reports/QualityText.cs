using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Results of metrics as people read them, in reports, tables and on a terminal.</summary>
public static class QualityText
{
    /// <summary><c>91.20 %</c>, or <c>0.01234</c> for what is no share.</summary>
    public static string Value(EvaluationResult result) => result.Metric.IsShare() ? Invariant($"{result.Value * 100:0.00} %") : Invariant($"{result.Value:G4}");

    /// <summary>With the standard error.</summary>
    public static string WithError(EvaluationResult result) => Value(result) + (result.Metric.IsShare() ? Invariant($" ± {result.StandardError * 100:0.00}") : Invariant($" ± {result.StandardError:G2}"));

    /// <summary>How far <paramref name="after"/> is above <paramref name="before"/>: in points for shares.</summary>
    public static string Difference(EvaluationResult before, EvaluationResult after) => before.Metric.IsShare()
        ? Invariant($"{(after.Value - before.Value) * 100:+0.00;-0.00;0.00} points")
        : Invariant($"{after.Value - before.Value:+0.####;-0.####;0}");

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
