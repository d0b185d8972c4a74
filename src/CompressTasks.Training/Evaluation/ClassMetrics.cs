using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>One class per sample: top-1, top-5 where there are at least six classes, and macro F1.</summary>
sealed class ClassMetrics(bool withConfusion) : MetricSums
{
    const int ClassesForTopFive = 6;

    ClassCounts? counts;
    long right, amongFive, classes;

    public override EvaluationDetails Result()
    {
        double samples = Samples, accuracy = right / samples;
        double? topFive = classes >= ClassesForTopFive ? amongFive / samples : null;
        var results = counts!.Results();
        return new(
            new(Metric.Accuracy, accuracy, ErrorOfShare(accuracy), Samples, topFive),
            [new(Metric.MacroF1, MacroF1(results))],
            results,
            counts.Confusion());
    }

    protected override void AddBatch(Tensor outputs, Tensor labels)
    {
        classes = outputs.shape[1];
        counts ??= new(classes, withConfusion, outputs.device);
        var decided = OutputReading.Decisions(outputs, OutputKind.Values, LabelKind.Classes)!;
        right += decided.eq(labels).sum().item<long>();
        counts.AddClasses(decided, labels);
        if (classes >= ClassesForTopFive) amongFive += outputs.topk(5, 1).indexes.eq(labels.unsqueeze(1)).sum().item<long>();
    }

    protected override void Dispose(bool disposing) => counts?.Dispose();
}
