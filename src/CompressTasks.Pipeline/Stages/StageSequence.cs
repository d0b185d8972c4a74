using System.Diagnostics;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What the stages did, kept beside each stage's model so that a stopped run goes on after it.</summary>
sealed record StageOutcome(IReadOnlyList<LayerOutcome> Layers, Cost? Lowest, IReadOnlyList<StageReport> Stages)
{
    public static StageOutcome Nothing { get; } = new([], null, []);
}

/// <summary>Runs a recipe's stages one after the other. Each finished stage is saved in the work folder.</summary>
sealed class StageSequence(CompressionSubject subject, Recipe recipe, BudgetLimits limits, Baseline baseline, string workFolder)
{
    /// <summary>Epochs of recovery between the cuts of an iterative schedule, where the recipe says nothing.</summary>
    static readonly TrainingRecipe ShortRecovery = new() { Epochs = 1, LearningRate = 0.02 };

    /// <summary>Learning rate of each further round, as a share of the one before.</summary>
    const double LaterRounds = 0.3;

    readonly Measuring measuring = new(subject);

    public IProgress<ProgressEvent>? Progress { get; init; }

    public (OnnxModel Candidate, StageOutcome Outcome) Run(CancellationToken cancellation)
    {
        Directory.CreateDirectory(workFolder);
        var (model, outcome, done) = Resume();
        for (var i = done; i < recipe.Stages.Count; i++)
        {
            var clock = Stopwatch.StartNew();
            (model, outcome) = recipe.Stages[i] switch
            {
                PruneStage prune => Prune(prune, i, model, outcome, clock, cancellation),
                TrainingStage training => Train(training, i, model, outcome, clock, cancellation),
                var other => throw new InvalidOperationException($"Unknown stage {other.GetType().Name}."),
            };
            Save(i, model, outcome);
        }

        return (model, outcome);
    }

    (OnnxModel, StageOutcome) Prune(PruneStage stage, int index, OnnxModel model, StageOutcome outcome, Stopwatch clock, CancellationToken cancellation)
    {
        var slack = model.SizeInBytes;
        var latency = limits.Of(BudgetKind.MaxLatency);
        var runner = new PruneStageRunner(
            stage,
            subject.Shapes,
            new CostLimits((long?)limits.MaxMacs, (long?)limits.Of(BudgetKind.MaxParameters), SizeLimit(slack)),
            latency is { } ms ? candidate => measuring.IsFastEnough(candidate, ms, baseline.Profile.Latency.MedianMs, cancellation) : null)
        {
            Data = subject.Training is { HasLabels: true } labelled ? labelled : null,
            Outputs = subject.Outputs,
            Seed = subject.Request.Seed,
            Progress = Progress,
            Recover = subject.Training is null ? null : between => Recovery(stage, index).Run(between, subject.Training, null, cancellation),
        };
        var result = runner.Run(model, cancellation);
        return (result.Model, outcome with { Layers = result.Layers, Lowest = result.Lowest, Stages = [.. outcome.Stages, new StageReport("prune", clock.Elapsed.TotalSeconds)] });
    }

    /// <summary>Room is left for the metadata that the written file gets.</summary>
    long? SizeLimit(long modelBytes)
    {
        const int metadata = 4096;
        return limits.Of(BudgetKind.MaxSize) is { } bytes ? (long)bytes - Math.Min(metadata, modelBytes / 100) : null;
    }

    TrainStageRunner Recovery(PruneStage stage, int index) => new($"recover {index + 1}", stage.Recovery ?? ShortRecovery with { Seed = subject.Request.Seed }, subject.Outputs)
    {
        Teacher = (subject.Original, new DistillationRecipe()),
        Progress = Progress,
    };

    /// <summary>
    /// Trains, and where an accuracy budget is still missed goes on at a lower rate for as many further rounds as the stage allows.
    /// </summary>
    (OnnxModel, StageOutcome) Train(TrainingStage stage, int index, OnnxModel model, StageOutcome outcome, Stopwatch clock, CancellationToken cancellation)
    {
        if (subject.Training is not { } data) throw new RecipeException(RecipeException.Incomplete, $"The recipe's stage '{stage.Name}' needs training data.", subject.Request.Recipe, "Set TrainingData (--train), or use a recipe without training.");
        var (best, bestResult, history) = (model, (TrainingResult?)null, new List<EpochResult>());
        for (var round = 0; round <= stage.ExtraRounds; round++)
        {
            var candidate = best.Clone();
            var result = Runner(stage, index, round).Run(candidate, data, subject.Validation, cancellation);
            history.AddRange(result.History.Select(epoch => epoch with { Epoch = epoch.Epoch + (round * stage.Training.Epochs) }));
            if (bestResult is null || !(result.BestValidation < bestResult.BestValidation)) (best, bestResult) = (candidate, result);
            if (KeepsAccuracy(bestResult)) break;
            if (round < stage.ExtraRounds) Progress?.Report(new ProgressEvent(stage.Name, $"the accuracy budget is missed by {Quantity.Points(AccuracyLimit!.Value - bestResult.BestValidation!.Value)}; training goes on at a lower rate"));
        }

        return (best, outcome with { Stages = [.. outcome.Stages, new StageReport(stage.Name, clock.Elapsed.TotalSeconds, history, bestResult!.SamplesPerSecond)] });
    }

    double? AccuracyLimit => new[] { limits.Of(BudgetKind.MinAccuracy), limits.Of(BudgetKind.MaxAccuracyDrop) }.Max();

    bool KeepsAccuracy(TrainingResult result) => result.ValidationMetric != Metric.Accuracy || AccuracyLimit is not { } limit || result.BestValidation >= limit;

    TrainStageRunner Runner(TrainingStage stage, int index, int round) => new(
        stage.Name,
        stage.Training with { Seed = subject.Request.Seed + round, LearningRate = stage.Training.LearningRate * Math.Pow(LaterRounds, round) },
        subject.Outputs)
    {
        Teacher = stage is DistillStage distill ? (Teacher(), distill.Distillation) : null,
        CheckpointPath = Path.Combine(workFolder, $"stage-{index}-{round}.checkpoint"),
        TimeLimit = subject.Request.TimeLimit,
        Progress = Progress,
    };

    OnnxModel Teacher()
    {
        if (subject.Request.Teacher is not { } path) return subject.Original;
        var teacher = OnnxModel.Read(path);
        Simplification.Apply(teacher);
        return teacher;
    }

    string ModelFile(int stage) => Path.Combine(workFolder, $"stage-{stage}.onnx");

    string OutcomeFile(int stage) => Path.Combine(workFolder, $"stage-{stage}.json");

    void Save(int stage, OnnxModel model, StageOutcome outcome)
    {
        model.Write(ModelFile(stage));
        // The outcome is written last: its presence says that the stage is finished.
        var temporary = OutcomeFile(stage) + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(outcome, RecipeFile.Json));
        File.Move(temporary, OutcomeFile(stage), overwrite: true);
    }

    (OnnxModel Model, StageOutcome Outcome, int Done) Resume()
    {
        for (var stage = recipe.Stages.Count - 1; stage >= 0; stage--)
        {
            if (!File.Exists(OutcomeFile(stage))) continue;
            Progress?.Report(new ProgressEvent("resume", $"{stage + 1} of {recipe.Stages.Count} stages are done"));
            var outcome = JsonSerializer.Deserialize<StageOutcome>(File.ReadAllText(OutcomeFile(stage)), RecipeFile.Json);
            return (OnnxModel.Read(ModelFile(stage)), outcome!, stage + 1);
        }

        return (subject.Original, StageOutcome.Nothing, 0);
    }
}
