using System.Globalization;
using System.Text;
using CompressTasks.Training;

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
        if (report.Lowest is { } lowest) Range(text, report, lowest);
        if (report.Sparsity is { } sparsity) Sparsity(text, report, sparsity);
        if (report.Student is { } student) Student(text, student);
        if (report.SmallDense is { } dense) SmallDense(text, report, dense);
        if (report.Tuning is { } tuning) Tuning(text, tuning);
        Notes(text, report.Notes);
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
        if (before.Validation is { } validation && after.Validation is { } candidate) Row($"{validation.Metric.Label()} (validation)", QualityText.WithError(validation), QualityText.WithError(candidate), QualityText.Difference(validation, candidate));
        if (before.Test is { } test && after.Test is { } tested) Row($"{test.Metric.Label()} (test)", QualityText.WithError(test), QualityText.WithError(tested), QualityText.Difference(test, tested));
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

    static void Notes(StringBuilder text, IReadOnlyList<string> notes)
    {
        if (notes.Count == 0) return;
        text.AppendLine("## Notes").AppendLine();
        foreach (var note in notes) text.AppendLine(Invariant($"- {note}"));
        text.AppendLine();
    }

    static void Range(StringBuilder text, CompressionReport report, Pruning.Planning.Cost lowest)
    {
        var latency = report.LowestLatency is { } share ? $", {Quantity.Percentage(share)} of the latency" : "";
        text.AppendLine($"The deepest cut would have reached {Quantity.Count(lowest.Macs)} MACs, {Quantity.Count(lowest.Parameters)} parameters, {Quantity.Bytes(lowest.Bytes)}{latency}.").AppendLine();
    }

    static void Sparsity(StringBuilder text, CompressionReport report, SparsityReport sparsity)
    {
        text.AppendLine(Invariant($"{sparsity.Kept} of {sparsity.Weights} weights stay ({Quantity.Percentage(sparsity.Weights == 0 ? 1 : (double)sparsity.Kept / sparsity.Weights)}).")).AppendLine();
        text.AppendLine("| | as written | every weight stored |").AppendLine("|---|---:|---:|");
        text.AppendLine(Invariant($"| file | {Quantity.Bytes(sparsity.SizeBytes)} | {Quantity.Bytes(sparsity.DenseBytes)} |"));
        text.AppendLine(Invariant($"| in gzip | {Quantity.Bytes(sparsity.ZippedBytes)} | {Quantity.Bytes(sparsity.DenseZippedBytes)} |")).AppendLine();
        text.AppendLine(Invariant($"{SparsityReport.Latency} Measured: {Quantity.Percentage(report.Ratios.Latency)} of the original's time.")).AppendLine();
    }

    static void Student(StringBuilder text, StudentReport student)
    {
        text.AppendLine("## Student").AppendLine().AppendLine(Invariant($"Source: {student.Source}. Taken: {student.Why}.")).AppendLine();
        text.AppendLine("| candidate | proposal | weights | without the blocks | widths | MACs | parameters | size | latency | trial | epochs |").AppendLine("|---:|---:|---|---|---|---:|---:|---:|---:|---|---:|");
        foreach (var candidate in student.Candidates)
        {
            var (number, cost) = (candidate.Number == student.Taken ? Invariant($"**{candidate.Number}**") : Invariant($"{candidate.Number}"), candidate.Cost);
            text.AppendLine(Invariant($"| {number} | {candidate.Proposal} | {PruneStageCheck.NameOf(candidate.Weights)} | {Escaped(string.Join(", ", candidate.Blocks))} | {string.Join(", ", candidate.Widths)} | {Quantity.Count(cost.Macs)} | {Quantity.Count(cost.Parameters)} | {Quantity.Bytes(cost.Bytes)} | {(candidate.Latency is { } share ? Quantity.Percentage(share) : "")} | {candidate.Trial} | {candidate.Trial?.Epochs} |"));
        }

        text.AppendLine();
    }

    static void SmallDense(StringBuilder text, CompressionReport report, DenseBaselineReport dense)
    {
        text.AppendLine("## Against a small dense network").AppendLine();
        text.AppendLine(Invariant($"The same architecture, uniformly narrowed to the same cost, fresh weights, trained for {dense.Epochs} epochs, as many as all stages together.")).AppendLine();
        text.AppendLine("| | MACs | parameters | size | validation | test |").AppendLine("|---|---:|---:|---:|---:|---:|");
        void Row(string name, long macs, long parameters, long bytes, EvaluationResult? validation, EvaluationResult? test) => text.AppendLine(Invariant(
            $"| {name} | {Quantity.Count(macs)} | {Quantity.Count(parameters)} | {Quantity.Bytes(bytes)} | {(validation is null ? "" : QualityText.WithError(validation))} | {(test is null ? "" : QualityText.WithError(test))} |"));
        Row("compressed", report.After.Macs, report.After.Parameters, report.After.SizeBytes, report.After.Validation, report.After.Test);
        Row("small dense", dense.Macs, dense.Parameters, dense.SizeBytes, dense.Validation, dense.Test);
        text.AppendLine();
    }

    static void Tuning(StringBuilder text, TuningReport tuning)
    {
        text.AppendLine("## The choice of the recipe").AppendLine();
        text.AppendLine($"{tuning.ChoiceText()} The validation data chose it, so it flatters; the test data did not.").AppendLine();
        text.AppendLine("| trial | state | error | epochs | values |").AppendLine("|---:|---|---:|---:|---|");
        foreach (var trial in tuning.Trials)
        {
            text.AppendLine(Invariant($"| {trial.Number} | {trial.State} | {TuningReport.ErrorText(trial.Error)} | {trial.Epochs} | {Escaped(trial.ValuesText())} |"));
        }

        text.AppendLine();
        if (tuning.Importance.Count == 0) return;
        text.AppendLine("| hyper-parameter | variance explained | by permutation |").AppendLine("|---|---:|---:|");
        foreach (var one in tuning.Importance) text.AppendLine(Invariant($"| {one.Parameter} | {Quantity.Percentage(one.Variance)} | {Quantity.Percentage(one.Permutation)} |"));
        text.AppendLine();
    }

    static void Layers(StringBuilder text, CompressionReport report)
    {
        if (report.Layers.Count == 0) return;
        text.AppendLine("## Layers").AppendLine().AppendLine("| layer | operator | before | after | note |").AppendLine("|---|---|---:|---:|---|");
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
            text.AppendLine(Invariant($"| {stage.Stage} | {stage.Seconds:0.0} | {Epochs(stage)} | {best} |"));
        }

        text.AppendLine();
        foreach (var samples in report.Stages.Select(stage => stage.Samples).OfType<int>().Distinct()) text.AppendLine(Invariant($"Scores, means of removed channels and normalisation statistics were taken over {samples} training samples.")).AppendLine();
        if (report.Preprocessing is { } preprocessing) text.AppendLine().AppendLine(Invariant($"Preprocessing, which the app has to do too: `{preprocessing.ToJson()}`"));
        foreach (var stage in report.Stages)
        {
            if (stage.Augmentation is { } augmentation && augmentation != Augmentation.None) text.AppendLine().AppendLine(Invariant($"Augmentation in {stage.Stage}: {augmentation}"));
        }

        text.AppendLine().AppendLine(Invariant($"Seed {report.Run.Seed}, {report.Run.Seconds:0} s in all, peak memory {Quantity.Bytes(report.Run.PeakMemoryBytes)}, {report.Run.DeviceClass}, {report.Tool}.")).AppendLine();
    }

    static string Epochs(StageReport stage) => (stage.History?.Count ?? stage.TrainedEpochs) is > 0 and var epochs ? epochs.ToString(CultureInfo.InvariantCulture) : "";

    static string Time(Profiling.Latency latency) => Invariant($"{Quantity.Milliseconds(latency.MedianMs)} ± {Quantity.Milliseconds(latency.SpreadMs)}");

    static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
