using System.Diagnostics;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What the stages did, kept beside each stage's model so that a stopped run goes on after it.</summary>
/// <param name="IsOutOfReach">True where not even the deepest cut keeps the cost budgets: what would follow would be wasted.</param>
sealed record StageOutcome(IReadOnlyList<LayerOutcome> Layers, FeasibleRange? Range, IReadOnlyList<StageReport> Stages, bool IsOutOfReach = false)
{
    /// <summary>Initializers in which a stage set weights to zero, which later training keeps there.</summary>
    public IReadOnlyList<string> Masked { get; init; } = [];

    /// <summary>Whether the model is to be stored sparse in the end.</summary>
    public bool IsStoredSparse { get; init; }

    /// <summary>Where the student came from; null where the original was pruned.</summary>
    public StudentReport? Student { get; init; }

    public static StageOutcome Nothing { get; } = new([], null, []);
}

/// <summary>Runs a recipe's stages one after the other. Each finished stage is saved in the work folder.</summary>
sealed class StageSequence(CompressionSubject subject, Recipe recipe, BudgetLimits limits, Baseline baseline, string workFolder)
{
    /// <summary>Learning rate of each further round, as a share of the one before.</summary>
    const double LaterRounds = 0.3;

    /// <summary>The part of a time limit that the trials of students may take.</summary>
    const double TrialShare = 0.5;

    readonly Measuring measuring = new(subject);

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Whether what these stages make is trained by others.</summary>
    public bool IsTrainedAfterwards { get; init; }

    /// <summary>Told each epoch of the training stages, counted over all of them from 1, and what the validation data said then; may end the run by an exception.</summary>
    public Action<int, EvaluationResult>? EpochEnded { get; init; }

    public (OnnxModel Candidate, StageOutcome Outcome) Run(CancellationToken cancellation)
    {
        Directory.CreateDirectory(workFolder);
        var (model, outcome, done) = Resume();
        for (var i = done; i < recipe.Stages.Count && !outcome.IsOutOfReach; i++)
        {
            var clock = Stopwatch.StartNew();
            (model, outcome) = recipe.Stages[i] switch
            {
                PruneStage prune => Prune(prune, i, model, outcome, clock, cancellation),
                StudentStage student => subject.Student is { } given ? Adopt(student, given, outcome, clock) : Derive(student, i, model, outcome, clock, cancellation),
                TrainingStage training => Train(training, i, model, outcome, clock, cancellation),
                var other => throw new InvalidOperationException($"Unknown stage {other.GetType().Name}."),
            };
            outcome = outcome with { IsStoredSparse = model.IsStoredSparse };
            Save(i, model, outcome);
        }

        return (model, outcome);
    }

    (OnnxModel, StageOutcome) Prune(PruneStage stage, int index, OnnxModel model, StageOutcome outcome, Stopwatch clock, CancellationToken cancellation)
    {
        var setting = Setting(index, cancellation) with
        {
            Training = subject.Training is null ? null : (name, recipe) => Recovery(name, recipe, index, outcome.Masked),
            IsTrainedAfterwards = IsTrainedAfterwards || recipe.Stages.Skip(index + 1).Any(later => later is TrainingStage),
        };
        var result = PruneOutcome.Of(stage, setting, model, cancellation);
        if (result.IsOutOfReach) Progress?.Report(new ProgressEvent("prune", "a budget is out of reach: not even the deepest cut keeps it"));
        var report = new StageReport("prune", clock.Elapsed.TotalSeconds)
        {
            TrainedEpochs = result.TrainedEpochs,
            Samples = subject.Training is null ? null : result.Samples,
        };
        return (result.Model, outcome with
        {
            Layers = outcome.Layers.Count == 0 ? result.Layers : LayerOutcome.Merge(outcome.Layers, result.Layers),
            Range = outcome.Range is { } range ? range with { Lowest = result.Range.Lowest, LowestLatency = result.Range.LowestLatency ?? range.LowestLatency } : result.Range,
            Stages = [.. outcome.Stages, report],
            IsOutOfReach = result.IsOutOfReach,
            Masked = [.. outcome.Masked.Union(result.Masked)],
        });
    }

    PruneSetting Setting(int index, CancellationToken cancellation) => new()
    {
        Shapes = subject.Shapes,
        Limits = limits.CostLimits,
        Latency = limits.Of(BudgetKind.MaxLatency) is { } ms ? new LatencyGoal(ms / baseline.Profile.Latency.MedianMs, candidate => measuring.LatencyShare(candidate, cancellation)) : null,
        Timing = measuring.Timing,
        Data = subject.Training,
        Validation = subject.Validation,
        Outputs = subject.Outputs,
        Seed = subject.Request.Seed,
        MeasurementFolder = RunCache.MeasurementsIn(subject.Request.CacheDirectory),
        CheckpointPrefix = Path.Combine(workFolder, $"stage-{index}"),
        Progress = Progress,
    };

    /// <summary>Goes on from a model of the user's.</summary>
    (OnnxModel, StageOutcome) Adopt(StudentStage stage, OnnxModel given, StageOutcome outcome, Stopwatch clock)
    {
        var model = given.Clone();
        var weights = stage.Weights ?? StudentWeights.Given;
        if (weights == StudentWeights.Fresh) FreshWeights.Apply(model, subject.Request.Seed);
        Describe(model);
        var counted = CostModel.Count(model, ShapeInference.Infer(model, subject.Shapes));
        var cost = new Cost(counted.Macs, counted.Parameters, model.SizeInBytes);
        var candidate = new StudentCandidate(1, 1, weights, [], [], cost, null, null);
        Progress?.Report(new ProgressEvent("student", $"the given one, with {Quantity.Count(cost.Macs)} MACs, {Quantity.Count(cost.Parameters)} parameters and {Quantity.Bytes(cost.Bytes)}", 1));
        return (model, outcome with
        {
            Student = new StudentReport(Path.GetFileName(subject.Request.Student!), 1, "given by the request", [candidate]),
            Stages = [.. outcome.Stages, new StageReport("student", clock.Elapsed.TotalSeconds)],
        });
    }

    /// <summary>Goes on from the best of several students that are derived from the original.</summary>
    (OnnxModel, StageOutcome) Derive(StudentStage stage, int index, OnnxModel model, StageOutcome outcome, Stopwatch clock, CancellationToken cancellation)
    {
        var later = recipe.Stages.OfType<TrainingStage>().FirstOrDefault() ?? new DistillStage();
        var trial = later.Training with { Epochs = stage.TrialEpochs, WarmupEpochs = Math.Min(later.Training.WarmupEpochs, stage.TrialEpochs), EarlyStoppingPatience = null, Averaging = null };
        var distillation = later is DistillStage distill ? distill.Distillation : new DistillationRecipe();
        var trials = stage.Proposals * (stage.Weights == StudentWeights.Both ? 2 : 1);
        var setting = Setting(index, cancellation) with
        {
            Training = (name, recipe) => Recovery(name, recipe, index, outcome.Masked) with
            {
                Teaching = (subject.Teachers, distillation),
                TimeLimit = subject.Request.TimeLimit * TrialShare / trials,
            },
        };
        model.IsStoredSparse = false;
        var result = new StudentStageRunner(stage, setting, trial).Run(model, cancellation);
        return (result.Model, outcome with
        {
            Layers = result.Layers,
            Range = result.Range,
            Student = result.Report,
            Stages = [.. outcome.Stages, new StageReport("student", clock.Elapsed.TotalSeconds)],
            IsOutOfReach = result.IsOutOfReach,
        });
    }

    TrainStageRunner Recovery(string name, TrainingRecipe recipe, int index, IReadOnlyList<string> masked) =>
        TrainStageRunner.Recovering(name, recipe, subject, workFolder, $"stage-{index}") with { Masked = masked, Progress = Progress };

    /// <summary>
    /// Trains, and where an accuracy budget is still missed goes on at a lower rate for as many further rounds as the stage allows.
    /// </summary>
    (OnnxModel, StageOutcome) Train(TrainingStage stage, int index, OnnxModel model, StageOutcome outcome, Stopwatch clock, CancellationToken cancellation)
    {
        var data = subject.Training!;
        var (best, bestResult, history) = (model, (TrainingResult?)null, new List<EpochResult>());
        for (var round = 0; round <= stage.ExtraRounds; round++)
        {
            var candidate = best.Clone();
            var result = Runner(stage, index, round, outcome.Masked, TimeLeft(outcome, history)).Run(candidate, data, subject.Validation, cancellation);
            history.AddRange(result.History.Select(epoch => epoch with { Epoch = epoch.Epoch + (round * stage.Training.Epochs) }));
            if (bestResult is null || !IsWorse(stage, result, bestResult)) (best, bestResult) = (candidate, result);
            if (KeepsAccuracy(stage, bestResult) || TimeLeft(outcome, history) <= TimeSpan.Zero) break;
            if (round < stage.ExtraRounds) Progress?.Report(new ProgressEvent(stage.Name, $"the accuracy budget is missed by {Quantity.Points(AccuracyLimit!.Value - AccuracyOf(stage, bestResult)!.Value)}; training goes on at a lower rate"));
        }

        return (best, outcome with { Stages = [.. outcome.Stages, new StageReport(stage.Name, clock.Elapsed.TotalSeconds, history, bestResult!.SamplesPerSecond, stage.Training.Augmentation)] });
    }

    double? AccuracyLimit => new[] { limits.Of(BudgetKind.MinAccuracy), limits.Of(BudgetKind.MaxAccuracyDrop) }.Max();

    /// <summary>The validation result of the weights that a round ends with.</summary>
    static double? Reached(TrainingStage stage, TrainingResult result) => stage.Training.KeepBest ? result.BestValidation : (result.History is [.., var last] ? last.Validation : null);

    static bool IsWorse(TrainingStage stage, TrainingResult result, TrainingResult best) =>
        (Reached(stage, result), Reached(stage, best)) is ({ } value, { } other) && (result.ValidationMetric!.Value.IsHigherBetter() ? value < other : value > other);

    /// <summary>The same as what budgets call accuracy; null where the metric has none.</summary>
    double? AccuracyOf(TrainingStage stage, TrainingResult result) =>
        Reached(stage, result) is { } value && baseline.Validation is { } original && original.Metric == result.ValidationMetric ? (original with { Value = value }).Accuracy : null;

    bool KeepsAccuracy(TrainingStage stage, TrainingResult result) => AccuracyLimit is not { } limit || AccuracyOf(stage, result) is not { } reached || reached >= limit;

    /// <summary>What the stages and rounds so far have left of the time limit; null where there is none.</summary>
    TimeSpan? TimeLeft(StageOutcome outcome, IEnumerable<EpochResult> history) =>
        subject.Request.TimeLimit - TimeSpan.FromSeconds(
            outcome.Stages.SelectMany(stage => stage.History ?? []).Concat(history).Sum(epoch => epoch.Seconds) + (outcome.Student?.Candidates.Sum(candidate => candidate.Trial?.Seconds ?? 0) ?? 0));

    /// <summary>The request's seed decides; a recipe's own one, counted from its default of 1, shifts it.</summary>
    TrainingRecipe Seeded(TrainingRecipe training, int round = 0) => training with { Seed = subject.Request.Seed + training.Seed - 1 + round };

    TrainStageRunner Runner(TrainingStage stage, int index, int round, IReadOnlyList<string> masked, TimeSpan? timeLeft) => new(
        stage.Name,
        Seeded(stage.Training, round) with { LearningRate = stage.Training.LearningRate * Math.Pow(LaterRounds, round) },
        subject.Outputs)
    {
        Teaching = stage is DistillStage distill ? (subject.Teachers, distill.Distillation) : null,
        Answers = TeacherFile.AnswersIn(subject.Request.CacheDirectory),
        Masked = masked,
        CheckpointPath = Path.Combine(workFolder, $"stage-{index}-{round}.checkpoint"),
        TimeLimit = timeLeft,
        Progress = Progress,
        EpochEnded = EpochEnded is null ? null : (epoch, validation) => EpochEnded(EpochsBefore(index) + (round * stage.Training.Epochs) + epoch, validation),
    };

    int EpochsBefore(int index) => recipe.Stages.Take(index).OfType<TrainingStage>().Sum(stage => stage.Training.Epochs);

    string ModelFile(int stage) => Path.Combine(workFolder, $"stage-{stage}.onnx");

    string OutcomeFile(int stage) => Path.Combine(workFolder, $"stage-{stage}.json");

    void Save(int stage, OnnxModel model, StageOutcome outcome)
    {
        model.WriteDense(ModelFile(stage));
        // The outcome is written last: its presence says that the stage is finished.
        FileReplacement.WriteText(OutcomeFile(stage), JsonSerializer.Serialize(outcome, CompressionReport.Json));
    }

    (OnnxModel Model, StageOutcome Outcome, int Done) Resume()
    {
        for (var stage = recipe.Stages.Count - 1; stage >= 0; stage--)
        {
            if (!File.Exists(OutcomeFile(stage))) continue;
            Progress?.Report(new ProgressEvent("resume", $"{stage + 1} of {recipe.Stages.Count} stages are done"));
            var outcome = JsonSerializer.Deserialize<StageOutcome>(File.ReadAllText(OutcomeFile(stage)), CompressionReport.Json);
            var model = OnnxModel.Read(ModelFile(stage));
            model.IsStoredSparse = outcome!.IsStoredSparse;
            return (model, outcome, stage + 1);
        }

        // The size budget is about the written file, so its provenance is in the model from the start.
        var start = subject.Original.Clone();
        Describe(start);
        return (start, StageOutcome.Nothing, 0);
    }

    void Describe(OnnxModel model)
    {
        Provenance.Describe(model, recipe);
        if (subject.Data is { } data) Provenance.DescribeData(model, data, subject.Preprocessing);
    }
}
