using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress train</c> and <c>compress distill</c> end with: the model is written, measured as it is written, and shown.</summary>
/// <param name="Output">The file that the model is written to.</param>
/// <param name="Checkpoint">Removed, as nothing is left to go on with.</param>
sealed record TrainingEnding(string Output, string Checkpoint, TrainingRecipe Recipe, Preprocessing Preprocessing, int Threads)
{
    /// <summary>The files that the model learned from; null where it learned from labels alone.</summary>
    public IReadOnlyList<string>? Teachers { get; init; }

    /// <param name="model">With the weights that training ended with.</param>
    public void Finish(OnnxModel model, TrainingResult result, DataSet training, DataSet? validation, CommandOutput output, CancellationToken cancellation)
    {
        Provenance.DescribeData(model, training, Preprocessing);
        var size = model.Write(Output);
        TrainingCheckpoint.Delete(Checkpoint, Teachers is { Count: > 0 } ? Threads : null);
        // What is reported is measured on the written file.
        var quality = validation is { HasLabels: true }
            ? RuntimeEvaluation.Measure(Output, validation, Recipe.BatchSize, Threads, ModelOutput.KindOf(model), output.Progress, cancellation)
            : null;
        if (output.IsJson) output.Json(Json(result, size, quality));
        else Print(output, result, size, quality);
    }

    object Json(TrainingResult result, long size, EvaluationResult? quality) => new
    {
        Model = Output,
        SizeBytes = size,
        Teachers,
        Recipe.Seed,
        Threads,
        Recipe.Precision,
        result.SamplesPerSecond,
        result.BestEpoch,
        result.StoppedEarly,
        Validation = quality is null ? null : new { quality.Metric, quality.Value, quality.StandardError, quality.Samples },
        Epochs = result.History,
    };

    /// <summary>The epochs, and what came out.</summary>
    void Print(CommandOutput output, TrainingResult result, long size, EvaluationResult? quality)
    {
        var metric = result.ValidationMetric;
        string[] headers = ["Epoch", "Loss", .. metric is { } measured ? [MetricTitle.Of(measured)] : Array.Empty<string>(), "Rate", "Time"];
        var table = new Table([.. headers.Select(header => new Column(header, IsNumber: true))]);
        foreach (var epoch in result.History)
        {
            table.Add(
            [
                // Every row has the column that marks the best one, so that the numbers stay below each other.
                epoch.Epoch.ToString(CultureInfo.InvariantCulture) + (epoch.Epoch == result.BestEpoch ? " *" : "  "),
                epoch.Loss.ToString("0.0000", CultureInfo.InvariantCulture),
                .. metric is { } of && epoch.Validation is { } value ? [of.Text(value)] : Array.Empty<string>(),
                epoch.LearningRate.ToString("0.#####", CultureInfo.InvariantCulture),
                Quantity.Milliseconds(1000 * epoch.Seconds),
            ]);
        }

        output.Table(table);
        output.Line($"{Output}  {Quantity.Bytes(size)}, {result.SamplesPerSecond.ToString("#,0", CultureInfo.InvariantCulture)} samples/s");
        if (quality is null) return;
        var samples = quality.Samples.ToString("#,0", CultureInfo.InvariantCulture);
        output.Line($"{MetricTitle.Of(quality.Metric)} {quality.Metric.Text(quality.Value)} on {samples} validation samples, in ONNX Runtime.");
    }
}
