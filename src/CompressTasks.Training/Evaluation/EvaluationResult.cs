namespace CompressTasks.Training;

/// <summary>What is measured on a data set.</summary>
public enum Metric
{
    /// <summary>Part of the samples whose highest output is their class (0 to 1; more is better).</summary>
    Accuracy,

    /// <summary>Mean over samples and outputs of the squared difference (less is better).</summary>
    MeanSquaredError,

    /// <summary>The loss against the teachers, for data without labels (less is better).</summary>
    DistillationLoss,
}

/// <param name="Metric">What was measured.</param>
/// <param name="Value">Its value over all samples.</param>
/// <param name="StandardError">Of <paramref name="Value"/>: sqrt(p (1 - p) / n) for an accuracy p, else deviation over samples / sqrt(n).</param>
/// <param name="Samples">Samples that were read.</param>
/// <param name="TopFive">Part of the samples whose class is among the five highest outputs; null below six classes.</param>
public sealed record EvaluationResult(Metric Metric, double Value, double StandardError, int Samples, double? TopFive = null)
{
    public bool HigherIsBetter => Metric == Metric.Accuracy;

    /// <summary>True where this result is better than the other one of the same metric; any number is better than NaN.</summary>
    public bool IsBetterThan(double other) => double.IsNaN(other) ? !double.IsNaN(Value) : HigherIsBetter ? Value > other : Value < other;
}
