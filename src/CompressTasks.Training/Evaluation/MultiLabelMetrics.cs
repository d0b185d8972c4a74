using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Several labels per sample, each of which holds where its probability is above one half: F1 over all of them, macro F1, exact matches.</summary>
sealed class MultiLabelMetrics(OutputKind kind) : MetricSums
{
    readonly RatioSums micro = new();
    ClassCounts? counts;
    long exact;

    public override EvaluationDetails Result()
    {
        var (f1, error) = micro.Result();
        var share = (double)exact / Samples;
        var classes = counts!.Results();
        return new(
            new(Metric.F1, f1, error, Samples),
            [new(Metric.MacroF1, MacroF1(classes)), new(Metric.ExactMatch, share, ErrorOfShare(share))],
            classes,
            null);
    }

    protected override void AddBatch(Tensor outputs, Tensor labels)
    {
        counts ??= new(outputs.shape[1], withConfusion: false, outputs.device);
        var (decided, holds) = (OutputReading.Decisions(outputs, kind, LabelKind.MultiLabel)!, labels.gt(0.5));
        counts.AddLabels(decided, holds);
        exact += decided.eq(holds).all(1).sum().item<long>();
        micro.Add(decided.logical_and(holds).sum(1, keepdim: true).mul(2), decided.sum(1, keepdim: true).add(holds.sum(1, keepdim: true)));
    }

    protected override void Dispose(bool disposing)
    {
        micro.Dispose();
        counts?.Dispose();
    }
}
