namespace CompressTasks.Training;

/// <summary>Everything that one pass over labelled data tells of a model.</summary>
/// <param name="Result">The metric that goes with the labels.</param>
/// <param name="Others">What else was counted on the way.</param>
/// <param name="Classes">One for each class or label; none for targets.</param>
/// <param name="Confusion">
/// [labels' class, answered class]: samples, or pixels; null for several labels and targets, or above <see cref="MostClassesConfused"/> classes.
/// </param>
public sealed record EvaluationDetails(EvaluationResult Result, IReadOnlyList<MetricValue> Others, IReadOnlyList<ClassResult> Classes, long[,]? Confusion)
{
    /// <summary>A table of more classes than these would be larger than what it tells.</summary>
    public const int MostClassesConfused = 2048;
}

/// <param name="StandardError">Null where none has a meaning.</param>
public sealed record MetricValue(Metric Metric, double Value, double? StandardError = null);

/// <summary>How well one class is found.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Samples">Samples, or pixels, that are of it.</param>
/// <param name="Answers">Samples, or pixels, that were taken for it.</param>
/// <param name="Right">Those of both.</param>
public sealed record ClassResult(int Class, long Samples, long Answers, long Right)
{
    /// <summary>Part of the answers that are right; 0 without any.</summary>
    public double Precision => Share(Right, Answers);

    /// <summary>Part of its samples that were found; 0 without any.</summary>
    public double Recall => Share(Right, Samples);

    /// <summary>Harmonic mean of both.</summary>
    public double F1 => Share(2 * Right, Answers + Samples);

    public double IntersectionOverUnion => Share(Right, Answers + Samples - Right);

    /// <summary>False for a class that neither labels nor answers have, which means leave out.</summary>
    public bool Occurs => Answers + Samples > 0;

    static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
