using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>One class per pixel: mean intersection over union, and the share of the pixels that are right.</summary>
sealed class PixelMetrics(OutputKind kind, bool withConfusion) : MetricSums
{
    readonly RatioSums overlap = new(), right = new();
    ClassCounts? counts;

    public override EvaluationDetails Result()
    {
        var (mean, error) = overlap.Result();
        var (share, errorOfShare) = right.Result();
        return new(
            new(Metric.MeanIntersectionOverUnion, mean, error, Samples),
            [new(Metric.PixelAccuracy, share, errorOfShare)],
            counts!.Results(),
            counts.Confusion());
    }

    protected override void AddBatch(Tensor outputs, Tensor labels)
    {
        var classes = Math.Max(2, outputs.shape[1]);
        counts ??= new(classes, withConfusion, outputs.device);
        var decided = OutputReading.Decisions(outputs, kind, LabelKind.PixelClasses)!;
        counts.AddClasses(decided, labels);
        var (answered, labelled) = (decided.flatten(1), labels.flatten(1));
        var isRight = answered.eq(labelled).to(ScalarType.Float64);
        // [n, classes]: pixels of each class in each sample.
        Tensor PerClass(Tensor of, Tensor counted) => zeros(of.shape[0], classes, ScalarType.Float64, of.device).scatter_add_(1, of, counted);
        var both = PerClass(labelled, isRight);
        var either = PerClass(labelled, ones_like(isRight)).add_(PerClass(answered, ones_like(isRight))).sub_(both);
        overlap.Add(both, either);
        right.Add(isRight.sum(1, keepdim: true), ones_like(isRight).sum(1, keepdim: true));
    }

    protected override void Dispose(bool disposing)
    {
        overlap.Dispose();
        right.Dispose();
        counts?.Dispose();
    }
}
