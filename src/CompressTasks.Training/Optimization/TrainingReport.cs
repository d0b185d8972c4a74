using System.Globalization;

namespace CompressTasks.Training;

/// <summary>Tells a listener where a training is.</summary>
/// <param name="samples">Of one epoch.</param>
/// <param name="steps">Of one epoch.</param>
sealed class TrainingReport(IProgress<TrainingProgress>? progress, int epochs, int samples, int steps)
{
    /// <summary>The middle of an epoch.</summary>
    /// <param name="epoch">From 1.</param>
    public void Step(int epoch, int step, double loss, double rate, double samplesPerSecond, string? message = null, EvaluationResult? validation = null)
    {
        if (progress is null) return;
        var samplesLeft = ((epochs - epoch) + (1 - ((double)step / steps))) * samples;
        var left = samplesPerSecond > 0 ? TimeSpan.FromSeconds(samplesLeft / samplesPerSecond) : TimeSpan.Zero;
        progress.Report(new(epoch, epochs, step, steps, loss, rate, samplesPerSecond, left, message, validation));
    }

    /// <summary>Something that a person should read before the first step, or where a run goes back.</summary>
    public void Say(int epoch, double rate, string message) => Step(epoch, 0, double.NaN, rate, 0, message);

    public void Epoch(EpochResult result, EvaluationResult? validation)
    {
        var measured = validation is null ? "" : $", validation {validation.Metric.Label()} {validation.Metric.Text(validation.Value)}";
        var message = string.Create(CultureInfo.InvariantCulture, $"epoch {result.Epoch}: loss {result.Loss:F4}{measured}");
        Step(result.Epoch, steps, result.Loss, result.LearningRate, samples / result.Seconds, message, validation);
    }
}
