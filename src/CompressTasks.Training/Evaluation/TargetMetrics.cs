using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Real targets: squared and absolute error, and R2 over all outputs together.</summary>
sealed class TargetMetrics : MetricSums
{
    readonly MeanSum squared = new(), absolute = new();
    Tensor? means, deviations;

    public override EvaluationDetails Result()
    {
        var (mean, error) = squared.Result();
        using var variance = deviations!.mean();
        var result = new EvaluationResult(Metric.MeanSquaredError, mean, error, Samples, TargetVariance: variance.item<double>() / Samples);
        var (size, errorOfSize) = absolute.Result();
        MetricValue[] others = [new(Metric.MeanAbsoluteError, size, errorOfSize)];
        return new(result, result.R2 is { } r2 ? [.. others, new(Metric.R2, r2)] : others, [], null);
    }

    protected override void AddBatch(Tensor outputs, Tensor labels)
    {
        var targets = labels.reshape(outputs.shape);
        var differences = outputs.sub(targets);
        squared.Add(differences.square().mean([1], type: ScalarType.Float64));
        absolute.Add(differences.abs().mean([1], type: ScalarType.Float64));
        AddTargets(targets.to(ScalarType.Float64));
    }

    protected override void Dispose(bool disposing)
    {
        means?.Dispose();
        deviations?.Dispose();
    }

    /// <summary>Joins the batch's means and sums of squared deviations with those so far (Chan, Golub and LeVeque, 1979), which no large mean spoils.</summary>
    void AddTargets(Tensor targets)
    {
        double added = targets.shape[0], before = Samples - added;
        var mean = targets.mean([0L]);
        var squares = targets.sub(mean).square().sum([0L]);
        means ??= zeros_like(mean).DetachFromDisposeScope();
        deviations ??= zeros_like(mean).DetachFromDisposeScope();
        var step = mean.sub(means);
        deviations.add_(squares).add_(step.square().mul(before * added / Samples));
        means.add_(step, added / Samples);
    }
}
