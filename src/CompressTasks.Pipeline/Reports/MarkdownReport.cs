using System.Globalization;
using System.Text;

namespace CompressTasks.Pipeline;

/// <summary>The report as a page for a pull request or a CI summary.</summary>
static class MarkdownReport
{
    public static string Of(CompressionReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(Invariant($"# {report.Model}: {(report.Budgets.Count == 0 ? "compressed" : report.BudgetsMet ? "all budgets kept" : "BUDGET MISSED")}")).AppendLine();
        Measurements(text, report);
        if (report.Budgets.Count > 0) Budgets(text, report.Budgets);
        Layers(text, report);
        Stages(text, report);
        text.AppendLine("FLOPs are 2 x MACs (multiply-accumulates). Latency is the median of interleaved runs in ONNX Runtime; compare the ratio, not the milliseconds, across machines.");
        return text.ToString();
    }

    static void Measurements(StringBuilder text, CompressionReport report)
    {
        var (before, after) = (report.Before, report.After);
        text.AppendLine("| | original | compressed | ratio |").AppendLine("|---|---:|---:|---:|");
        void Row(string name, string left, string right, string ratio) => text.AppendLine(Invariant($"| {name} | {left} | {right} | {ratio} |"));
        if (before.Validation is { } validation && after.Validation is { } candidate) Row($"{validation.Metric} (validation)", Score(validation), Score(candidate), Difference(validation, candidate));
        if (before.Test is { } test && after.Test is { } tested) Row($"{test.Metric} (test)", Score(test), Score(tested), Difference(test, tested));
        Row("size", Quantity.Bytes(before.SizeBytes), Quantity.Bytes(after.SizeBytes), Quantity.Percentage(report.Ratios.Size));
        Row("parameters", Quantity.Count(before.Parameters), Quantity.Count(after.Parameters), Quantity.Percentage(report.Ratios.Parameters));
        Row("MACs", Quantity.Count(before.Macs), Quantity.Count(after.Macs), Quantity.Percentage(report.Ratios.Macs));
        Row("FLOPs", Quantity.Count(before.Flops), Quantity.Count(after.Flops), Quantity.Percentage(report.Ratios.Macs));
        Row("latency, median", Time(before.Latency), Time(after.Latency), Quantity.Percentage(report.Ratios.Latency));
        if (before.PeakMemoryBytes is { } memory && after.PeakMemoryBytes is { } less) Row("peak memory", Quantity.Bytes(memory), Quantity.Bytes(less), Quantity.Percentage((double)less / memory));
        text.AppendLine();
        if (report.Ratios.Latency > 0.98) text.AppendLine("**The compressed model is not faster than the original on this machine.**").AppendLine();
    }

    static void Budgets(StringBuilder text, IReadOnlyList<BudgetReport> budgets)
    {
        text.AppendLine("## Budgets").AppendLine().AppendLine("| budget | asked | limit | measured | kept |").AppendLine("|---|---:|---:|---:|---|");
        foreach (var budget in budgets)
        {
            var kind = Enum.Parse<BudgetKind>(budget.Kind);
            text.AppendLine(Invariant($"| {budget.Kind} | {budget.Asked} | {Quantity.Of(kind, budget.Limit)} | {Quantity.Of(kind, budget.Measured)} | {(budget.Met ? "yes" : "**no**")} |"));
        }

        text.AppendLine();
    }

    static void Layers(StringBuilder text, CompressionReport report)
    {
        if (report.Layers.Count == 0) return;
        text.AppendLine("## Layers").AppendLine().AppendLine("| layer | operator | before | after | why none went |").AppendLine("|---|---|---:|---:|---|");
        foreach (var layer in report.Layers) text.AppendLine(Invariant($"| {Escaped(layer.Name)} | {layer.Operator} | {layer.Before} | {layer.After} | {Escaped(layer.Note)} |"));
        text.AppendLine();
    }

    static void Stages(StringBuilder text, CompressionReport report)
    {
        text.AppendLine("## Run").AppendLine().AppendLine("| stage | seconds | epochs | best validation |").AppendLine("|---|---:|---:|---:|");
        foreach (var stage in report.Stages)
        {
            var scores = stage.History?.Select(epoch => epoch.Validation).OfType<double>().ToArray();
            var best = scores is { Length: > 0 } ? Invariant($"{(report.Before.Validation?.HigherIsBetter == false ? scores.Min() : scores.Max()):0.0000}") : "";
            text.AppendLine(Invariant($"| {stage.Stage} | {stage.Seconds:0.0} | {stage.History?.Count.ToString(CultureInfo.InvariantCulture) ?? ""} | {best} |"));
        }

        if (report.Preprocessing is { } preprocessing) text.AppendLine().AppendLine(Invariant($"Preprocessing, which the app has to do too: `{preprocessing.ToJson()}`"));
        foreach (var stage in report.Stages)
        {
            if (stage.Augmentation is { } augmentation && augmentation != Training.Augmentation.None) text.AppendLine().AppendLine(Invariant($"Augmentation in {stage.Stage}: {augmentation}"));
        }

        text.AppendLine().AppendLine(Invariant($"Seed {report.Run.Seed}, {report.Run.Seconds:0} s in all, peak memory {Quantity.Bytes(report.Run.PeakMemoryBytes)}, {report.Run.DeviceClass}, {report.Tool}.")).AppendLine();
    }

    static string Score(Training.EvaluationResult result) => result.HigherIsBetter
        ? Invariant($"{result.Value * 100:0.00} % ± {result.StandardError * 100:0.00}")
        : Invariant($"{result.Value:G4} ± {result.StandardError:G2}");

    static string Difference(Training.EvaluationResult before, Training.EvaluationResult after) => before.HigherIsBetter
        ? Invariant($"{(after.Value - before.Value) * 100:+0.00;-0.00;0.00} points")
        : Invariant($"{after.Value - before.Value:+0.####;-0.####;0}");

    static string Time(Profiling.Latency latency) => Invariant($"{Quantity.Milliseconds(latency.MedianMs)} ± {Quantity.Milliseconds(latency.SpreadMs)}");

    static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
