using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>Original and compressed model, side by side.</summary>
static class ComparisonView
{
    public static Table Table(ModelReport before, ModelReport after, RatioReport ratios)
    {
        var table = new Table(
            new Column(""),
            new Column("original", IsNumber: true),
            new Column("compressed", IsNumber: true),
            new Column("ratio", IsNumber: true));
        if (before.Validation is { } validation && after.Validation is { } candidate) AddScore(table, "validation", validation, candidate);
        if (before.Test is { } test && after.Test is { } tested) AddScore(table, "test", test, tested);
        table.Add("size", Quantity.Bytes(before.SizeBytes), Quantity.Bytes(after.SizeBytes), Quantity.Percentage(ratios.Size));
        table.Add("parameters", Quantity.Count(before.Parameters), Quantity.Count(after.Parameters), Quantity.Percentage(ratios.Parameters));
        table.Add("MACs", Quantity.Count(before.Macs), Quantity.Count(after.Macs), Quantity.Percentage(ratios.Macs));
        table.Add("FLOPs (2 x MACs)", Quantity.Count(before.Flops), Quantity.Count(after.Flops), Quantity.Percentage(ratios.Macs));
        table.Add(
            ratios.LatencyInBlocks ? "latency, median, in blocks" : "latency, median",
            Quantity.Milliseconds(before.Latency.MedianMs),
            Quantity.Milliseconds(after.Latency.MedianMs),
            Quantity.Percentage(ratios.Latency));
        if (before.PeakMemoryBytes is { } memory && after.PeakMemoryBytes is { } less)
        {
            table.Add("peak memory", Quantity.Bytes(memory), Quantity.Bytes(less), Quantity.Percentage((double)less / memory));
        }

        return table;
    }

    static void AddScore(Table table, string name, EvaluationResult before, EvaluationResult after) => table.Add(
        $"{before.Metric.Label()} ({name})", QualityText.Value(before), QualityText.Value(after), before.Metric.IsShare() ? QualityText.Difference(before, after) : "");
}
