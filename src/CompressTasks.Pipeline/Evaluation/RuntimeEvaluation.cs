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
    /// <param name="outputs">What the model's outputs are; decides nothing where samples have one class.</param>
    /// <exception cref="TrainingException">CMP0403, CMP0404 when data and model do not fit.</exception>
    /// <exception cref="ProfilingException">CMP0303 when the model does not load or run.</exception>
    public static EvaluationResult Measure(
        ModelSource model,
        DataSet data,
        int batchSize = 256,
        int threads = 1,
        OutputKind outputs = OutputKind.Values,
        IProgress<ProgressEvent>? progress = null,
        CancellationToken cancellation = default)
    {
        using var running = new RunningModel(model, data, batchSize, threads, progress);
        return Training.Evaluation.Measure(running.Module, running.Data, running.BatchSize, outputs, cancellation);
    }

    /// <summary>The same with everything else that is known of such labels.</summary>
    public static EvaluationDetails Details(
        ModelSource model,
        DataSet data,
        int batchSize = 256,
        int threads = 1,
        OutputKind outputs = OutputKind.Values,
        IProgress<ProgressEvent>? progress = null,
        CancellationToken cancellation = default)
    {
        using var running = new RunningModel(model, data, batchSize, threads, progress);
        return Training.Evaluation.Details(running.Module, running.Data, running.BatchSize, outputs, cancellation);
    }

    /// <summary>How far two models decide alike; see <see cref="Training.Evaluation.Agreement"/>.</summary>
    /// <param name="teacherData">The same samples as the teacher is to see them; null: as in <paramref name="data"/>.</param>
    public static EvaluationResult Agreement(
        ModelSource model,
        ModelSource teacher,
        DataSet data,
        int batchSize = 256,
        int threads = 1,
        (OutputKind Model, OutputKind Teacher) outputs = default,
        DataSet? teacherData = null,
        IProgress<ProgressEvent>? progress = null,
        CancellationToken cancellation = default)
    {
        using var running = new RunningModel(model, data, batchSize, threads, progress);
        using var other = new RunningModel(teacher, teacherData ?? data, batchSize, threads, null);
        var isSeenAlike = teacherData is null && other.Data.SampleShape.SequenceEqual(running.Data.SampleShape);
        return Training.Evaluation.Agreement(running.Module, other.Module, running.Data, running.BatchSize, outputs, isSeenAlike ? null : other.Data, cancellation);
    }

    /// <summary>A written model as a module, with data in the shape of its input.</summary>
    sealed class RunningModel : IDisposable
    {
        readonly ModelRunner runner;

        public RunningModel(ModelSource model, DataSet data, int batchSize, int threads, IProgress<ProgressEvent>? progress)
        {
            runner = new ModelRunner(model, new SessionSettings { Threads = threads });
            Data = data.EnsureFits(runner.Inputs[0].Shape);
            BatchSize = runner.FixedBatch ?? batchSize;
            var done = 0;
            Module = new RuntimeModule(runner, samples =>
            {
                done += samples;
                progress?.Report(new ProgressEvent("Evaluate", string.Create(CultureInfo.InvariantCulture, $"{done} of {data.Count} samples"), (double)done / data.Count));
            });
        }

        public RuntimeModule Module { get; }

        public DataSet Data { get; }

        public int BatchSize { get; }

        public void Dispose()
        {
            Module.Dispose();
            runner.Dispose();
        }
    }
}
