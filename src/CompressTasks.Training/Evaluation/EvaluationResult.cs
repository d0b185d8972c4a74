using System.Text.Json.Serialization;

namespace CompressTasks.Training;

/// <param name="Metric">What was measured.</param>
/// <param name="Value">Its value over all samples.</param>
/// <param name="StandardError">
/// Of <paramref name="Value"/>: sqrt(p (1 - p) / n) for a share p of samples, deviation over samples / sqrt(n) for a mean, and that of the linearised ratio for F1 and
/// mean IoU.
/// </param>
/// <param name="Samples">Samples that were read.</param>
/// <param name="TopFive">Part of the samples whose class is among the five highest outputs; null below six classes.</param>
/// <param name="TargetVariance">Mean squared difference of the targets from their means, for a mean squared error; null for other metrics.</param>
public sealed record EvaluationResult(Metric Metric, double Value, double StandardError, int Samples, double? TopFive = null, double? TargetVariance = null)
{
    [JsonIgnore]
    public bool HigherIsBetter => Metric.IsHigherBetter();

    /// <summary>For a mean squared error, where targets vary at all.</summary>
    [JsonIgnore]
    public double? R2 => TargetVariance is > 0 and var variance ? 1 - (Value / variance) : null;

    /// <summary>
    /// What budgets call accuracy, at most 1: the accuracy for classes, F1 for several labels, mean IoU for pixels, R2 for targets; null for what has none.
    /// </summary>
    [JsonIgnore]
    public double? Accuracy => Metric.IsShare() ? Value : R2;

    /// <summary>True where this result is better than the other one of the same metric; any number is better than NaN.</summary>
    public bool IsBetterThan(double other) => double.IsNaN(other) ? !double.IsNaN(Value) : HigherIsBetter ? Value > other : Value < other;
}
