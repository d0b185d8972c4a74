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

    /// <summary>2 * TP / (2 * TP + FP + FN), counted over all samples and labels together (0 to 1; more is better).</summary>
    F1,

    /// <summary>The mean of the classes' F1, over those that occur in labels or answers (0 to 1; more is better).</summary>
    MacroF1,

    /// <summary>Part of the samples all of whose labels are right (0 to 1; more is better).</summary>
    ExactMatch,

    /// <summary>
    /// Pixels that labels and answers both give to a class over those that either gives to it, the mean over the classes that occur in either (0 to 1; more is
    /// better).
    /// </summary>
    MeanIntersectionOverUnion,

    /// <summary>Part of the pixels whose highest output is their class (0 to 1; more is better).</summary>
    PixelAccuracy,

    /// <summary>Mean over samples and outputs of the difference's size (less is better).</summary>
    MeanAbsoluteError,

    /// <summary>
    /// 1 minus the squared error over that of answering each target's mean, both summed over all samples and outputs (at most 1, below 0 where the mean would do
    /// better; more is better).
    /// </summary>
    R2,

    /// <summary>Part of the samples, labels or pixels about which two models decide alike (0 to 1; more is better).</summary>
    Agreement,
}

/// <summary>What is common to all numbers of one metric.</summary>
public static class Metrics
{
    public static bool IsHigherBetter(this Metric metric) => metric is not (Metric.MeanSquaredError or Metric.MeanAbsoluteError or Metric.DistillationLoss);

    /// <summary>True for a share of samples, labels or pixels, which people read in per cent.</summary>
    public static bool IsShare(this Metric metric) => metric.IsHigherBetter() && metric != Metric.R2;

    /// <summary>For people, such as <c>mean IoU</c>.</summary>
    public static string Label(this Metric metric) => metric switch
    {
        Metric.Accuracy => "accuracy",
        Metric.MeanSquaredError => "squared error",
        Metric.DistillationLoss => "distillation loss",
        Metric.F1 => "F1",
        Metric.MacroF1 => "macro F1",
        Metric.ExactMatch => "exact match",
        Metric.MeanIntersectionOverUnion => "mean IoU",
        Metric.PixelAccuracy => "pixel accuracy",
        Metric.MeanAbsoluteError => "absolute error",
        Metric.R2 => "R2",
        _ => "agreement",
    };

    /// <summary>A value or its standard error for people: <c>91.20 %</c>, <c>0.01234</c>.</summary>
    public static string Text(this Metric metric, double value) =>
        metric.IsShare() ? FormattableString.Invariant($"{100 * value:0.00} %") : FormattableString.Invariant($"{value:G5}");
}
