using System.Text;
using System.Text.Json;

namespace CompressTasks.Pipeline;

/// <summary>A sweep as JSON, CSV and Markdown.</summary>
static class SweepTables
{
    public static string Json(SweepReport report) => JsonSerializer.Serialize(report, CompressionReport.Json);

    /// <summary>RFC 4180, one line for each point, numbers in invariant form.</summary>
    public static string Csv(SweepReport report)
    {
        var text = new StringBuilder("criterion,asked,achieved,macs,parameters,nonzero,size_bytes,before_recovery,before_standard_error,after_recovery,after_standard_error\n");
        foreach (var point in report.Points)
        {
            text.Append(Invariant($"{point.Criterion},{point.Asked},{point.Achieved:0.######},{point.Macs},{point.Parameters},{point.NonZero},{point.SizeBytes},"))
                .Append(Invariant($"{point.BeforeRecovery.Value:0.######},{point.BeforeRecovery.StandardError:0.######},{point.AfterRecovery?.Value:0.######},{point.AfterRecovery?.StandardError:0.######}\n"));
        }

        return text.ToString();
    }

    /// <summary>One row for each degree, one column for each criterion: before and after recovery.</summary>
    public static string Markdown(SweepReport report)
    {
        var criteria = report.Points.Select(point => point.Criterion).Distinct().ToArray();
        var text = new StringBuilder();
        text.Append(Invariant($"# {report.Model}: quality against pruning, granularity {report.Granularity}\n\n"));
        text.Append(Invariant($"Original: {Quality(report.Original)}. Each cell: right after pruning → after recovery. Seed {report.Seed}.\n\n"));
        text.Append("| pruned | ").AppendJoin(" | ", criteria).Append(" |\n|---:|").Append(string.Concat(criteria.Select(_ => "---:|"))).Append('\n');
        foreach (var degree in report.Points.GroupBy(point => point.Asked).OrderBy(group => group.Key))
        {
            text.Append(Invariant($"| {degree.Key * 100:0.##} % | "));
            text.AppendJoin(" | ", criteria.Select(criterion => degree.FirstOrDefault(point => point.Criterion == criterion) is { } point ? Cell(point) : "")).Append(" |\n");
        }

        text.Append("\nWhat the points really have:\n\n| criterion | asked | achieved | MACs | weights | not zero | size |\n|---|---:|---:|---:|---:|---:|---:|\n");
        foreach (var point in report.Points)
        {
            text.Append(Invariant($"| {point.Criterion} | {point.Asked * 100:0.##} % | {point.Achieved * 100:0.##} % | {Quantity.Count(point.Macs)} | {Quantity.Count(point.Parameters)} | {Quantity.Count(point.NonZero)} | {Quantity.Bytes(point.SizeBytes)} |\n"));
        }

        return text.ToString();
    }

    static string Cell(SweepPoint point) => point.AfterRecovery is { } after
        ? $"{QualityText.Value(point.BeforeRecovery)} → {QualityText.Value(after)}"
        : QualityText.Value(point.BeforeRecovery);

    static string Quality(Training.EvaluationResult result) => QualityText.WithError(result) + Invariant($" {(Training.Metrics.IsShare(result.Metric) ? "of" : "over")} {result.Samples} samples");

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
