using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Training;

namespace CompressTasks.Tool.Terminal;

/// <summary>A trainer's progress as one line.</summary>
sealed class EpochProgress(string stage, IProgress<ProgressEvent> progress) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        var done = (value.Epoch - 1 + ((double)value.Step / value.Steps)) / value.Epochs;
        var message = value.Message ?? string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {value.Epoch} of {value.Epochs}, loss {value.Loss:0.0000}, {value.SamplesPerSecond:#,0} samples/s, {value.Left:h\\:mm\\:ss} left");
        progress.Report(new ProgressEvent(stage, message, done));
    }
}
