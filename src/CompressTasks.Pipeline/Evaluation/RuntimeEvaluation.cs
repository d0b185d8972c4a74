using System.Globalization;
using CompressTasks.Profiling;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Quality of a written model on labelled data, as ONNX Runtime computes it.</summary>
public static class RuntimeEvaluation
{
    /// <param name="model">A model with one input; its first output is compared with the labels.</param>
    /// <param name="data">Labelled samples in a shape that fits the model's input, perhaps after a change of layout.</param>
    /// <param name="batchSize">Samples of one run, where the model does not fix them itself.</param>
    /// <exception cref="TrainingException">CMP0403, CMP0404 when data and model do not fit.</exception>
    /// <exception cref="ProfilingException">CMP0303 when the model does not load or run.</exception>
    public static EvaluationResult Measure(
        ModelSource model, DataSet data, int batchSize = 256, int threads = 1, IProgress<ProgressEvent>? progress = null, CancellationToken cancellation = default)
    {
        using var runner = new ModelRunner(model, new SessionSettings { Threads = threads });
        var fitting = data.EnsureFits(runner.Inputs[0].Shape);
        var done = 0;
        using var module = new RuntimeModule(runner, samples =>
        {
            done += samples;
            progress?.Report(new ProgressEvent("Evaluate", string.Create(CultureInfo.InvariantCulture, $"{done} of {data.Count} samples"), (double)done / data.Count));
        });
        return Evaluation.Measure(module, fitting, runner.FixedBatch ?? batchSize, cancellation);
    }
}
