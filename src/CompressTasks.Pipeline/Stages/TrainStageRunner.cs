using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Trains a candidate, from labels, from a teacher, or both.</summary>
/// <param name="Name">The stage's name in progress and checkpoints.</param>
sealed record TrainStageRunner(string Name, TrainingRecipe Recipe, OutputKind Outputs)
{
    /// <summary>The model to learn from, simplified, and how; null to learn from labels alone.</summary>
    public (OnnxModel Model, DistillationRecipe Recipe)? Teacher { get; init; }

    /// <summary>What acts on the weights within each step, made for the module; the caller's to dispose. Null for nothing.</summary>
    public Func<GraphModule, TrainingConstraint>? Constraint { get; init; }

    /// <summary>Weights of these initializers that are 0 stay so: what an earlier stage set to zero.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];

    public string? CheckpointPath { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Short training within a stage that prunes, from the request's teacher. The request's seed decides; a recipe's own one, counted from its default of 1, shifts it.</summary>
    /// <param name="folder">For the checkpoint, whose name begins with <paramref name="prefix"/>.</param>
    public static TrainStageRunner Recovering(string name, TrainingRecipe recipe, CompressionSubject subject, string folder, string prefix) =>
        new(name, recipe with { Seed = subject.Request.Seed + recipe.Seed - 1 }, subject.Outputs)
        {
            Teacher = (subject.Teacher, new DistillationRecipe()),
            CheckpointPath = Path.Combine(folder, $"{prefix}-{name.Replace(' ', '-')}.checkpoint"),
        };

    /// <summary>Trains <paramref name="model"/> in place.</summary>
    public TrainingResult Run(OnnxModel model, DataSet training, DataSet? validation, CancellationToken cancellation)
    {
        using var module = new GraphModule(model);
        if (module.WeightsWithoutGradient.Count == module.Weights.Count)
        {
            Progress?.Report(new ProgressEvent(Name, "nothing is trained: no gradient reaches any weight", 1));
            return new TrainingResult([], null, null, null, 0, StoppedEarly: false, WentBack: false);
        }

        using var masks = Masked.Count == 0 ? null : new FixedMask(module, WeightMasks.OfZeros(module, Masked));
        IReadOnlyList<TrainingConstraint> constraints = Constraint is null ? [] : [Constraint(module)];
        var result = Train(module, masks is null ? constraints : [.. constraints, masks], training, validation, cancellation);
        module.WriteBack();
        return result;
    }

    /// <summary>Trains the module under constraints, the caller's.</summary>
    public TrainingResult Train(GraphModule module, IReadOnlyList<TrainingConstraint> constraints, DataSet training, DataSet? validation, CancellationToken cancellation)
    {
        using var teacher = Teacher is var (teacherModel, _) ? new GraphModule(teacherModel) : null;
        teacher?.eval();
        if (module.RuntimeNote is { } note) Progress?.Report(new ProgressEvent(Name, note, 0));
        var teacherOutputs = Teacher is var (source, _) ? ModelOutput.KindOf(source) : OutputKind.Values;
        return new Trainer(module, Recipe)
        {
            Outputs = Outputs,
            Constraints = constraints,
            Distillation = teacher is null ? null : new Distillation(Teacher!.Value.Recipe, batch => OutputReading.Distributions(teacher.forward(batch), teacherOutputs, training)),
            CheckpointPath = CheckpointPath,
            TimeLimit = TimeLimit,
            Progress = Progress is null ? null : new TrainingLines(Name, Progress),
        }.Train(training, validation, cancellation);
    }

    sealed class TrainingLines(string stage, IProgress<ProgressEvent> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var done = (value.Epoch - 1 + ((double)value.Step / Math.Max(1, value.Steps))) / value.Epochs;
            var message = value.Message ?? string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:0.000}, {value.SamplesPerSecond:0} samples/s, {value.Left:m\\:ss} left");
            progress.Report(new ProgressEvent(stage, message, Math.Clamp(done, 0, 1)));
        }
    }
}
