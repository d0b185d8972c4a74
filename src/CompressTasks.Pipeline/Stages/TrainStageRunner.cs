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
    /// <summary>The models to learn from, simplified, and how; null to learn from labels alone.</summary>
    public (IReadOnlyList<OnnxModel> Models, DistillationRecipe Recipe)? Teaching { get; init; }

    /// <summary>Where teachers' answers are kept for later trainings; null: nowhere.</summary>
    public TeacherCache? Answers { get; init; }

    /// <summary>What acts on the weights within each step, made for the module; the caller's to dispose. Null for nothing.</summary>
    public Func<GraphModule, TrainingConstraint>? Constraint { get; init; }

    /// <summary>Weights of these initializers that are 0 stay so: what an earlier stage set to zero.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];

    public string? CheckpointPath { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Told each epoch, from 1, and what the validation data said then; may end the training by an exception.</summary>
    public Action<int, EvaluationResult>? EpochEnded { get; init; }

    /// <summary>Short training within a stage that prunes, from the request's teacher. The request's seed decides; a recipe's own one, counted from its default of 1, shifts it.</summary>
    /// <param name="folder">For the checkpoint, whose name begins with <paramref name="prefix"/>.</param>
    public static TrainStageRunner Recovering(string name, TrainingRecipe recipe, CompressionSubject subject, string folder, string prefix) =>
        new(name, recipe with { Seed = subject.Request.Seed + recipe.Seed - 1 }, subject.Outputs)
        {
            Teaching = (subject.Teachers, new DistillationRecipe()),
            Answers = TeacherFile.AnswersIn(subject.Request.CacheDirectory),
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
        GraphTeacher[] teachers = [.. (Teaching?.Models ?? []).Select(model => new GraphTeacher(model, Teaching!.Value.Recipe.TeacherRuntime))];
        if (module.RuntimeNote is { } note) Progress?.Report(new ProgressEvent(Name, note, 0));
        try
        {
            return new Trainer(module, Recipe)
            {
                Outputs = Outputs,
                Constraints = constraints,
                Distillation = Teaching is var (_, recipe) ? new Distillation(recipe, teachers) { Cache = Answers } : null,
                CheckpointPath = CheckpointPath,
                TimeLimit = TimeLimit,
                Progress = Progress is null && EpochEnded is null ? null : new TrainingLines(Name, Progress, EpochEnded),
            }.Train(training, validation, cancellation);
        }
        finally
        {
            foreach (var teacher in teachers) teacher.Dispose();
        }
    }

    sealed class TrainingLines(string stage, IProgress<ProgressEvent>? progress, Action<int, EvaluationResult>? epochEnded) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var done = (value.Epoch - 1 + ((double)value.Step / Math.Max(1, value.Steps))) / value.Epochs;
            var message = value.Message ?? string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:0.000}, {value.SamplesPerSecond:0} samples/s, {value.Left:m\\:ss} left");
            progress?.Report(new ProgressEvent(stage, message, Math.Clamp(done, 0, 1)));
            if (value.Validation is { } validation) epochEnded?.Invoke(value.Epoch, validation);
        }
    }
}
