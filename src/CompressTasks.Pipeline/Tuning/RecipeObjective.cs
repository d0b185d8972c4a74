using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Pruning;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>Runs a recipe as a trial: its stages, then the validation error and how far the budgets are from being kept.</summary>
/// <param name="subject">The model with all its data.</param>
/// <param name="folds">Subjects whose mean error counts instead; empty for the validation data of <paramref name="subject"/>.</param>
/// <param name="relativeSteps">Whether trials train unequally long, so that reports are counted in twentieths of the training instead of epochs.</param>
sealed class RecipeObjective(CompressionSubject subject, IReadOnlyList<CompressionSubject> folds, RecipeSpace space, BudgetLimits limits, Baseline baseline, bool relativeSteps)
{
    const int Parts = 20;

    /// <summary>What a trial is stopped for, and what the study calls a measured constraint.</summary>
    readonly BudgetLimit[] costs = [.. CostsOf(limits)];

    /// <summary>That each trial trains with.</summary>
    public required int Threads { get; init; }

    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Budgets that a trial can be held to: those of cost, in the request's order. Memory is measured at the end only.</summary>
    public static IEnumerable<BudgetLimit> CostsOf(BudgetLimits limits) =>
        limits.Limits.Where(limit => limit.Budget.Kind is BudgetKind.MaxSize or BudgetKind.MaxMacs or BudgetKind.MaxFlops or BudgetKind.MaxParameters or BudgetKind.MaxLatency);

    /// <summary>Of the model before anything is done, as a validation error.</summary>
    public static double ErrorOf(EvaluationResult result) => result.HigherIsBetter ? 1 - result.Value : result.Value;

    /// <summary>How many reports a training of so many epochs makes.</summary>
    public static int StepsOf(Recipe recipe, bool relativeSteps) => relativeSteps ? Parts : recipe.Stages.OfType<TrainingStage>().Sum(stage => stage.Training.Epochs);

    public TrialOutcome Run(Trial trial, CancellationToken cancellation)
    {
        try
        {
            var recipe = space.Make(trial.Configuration);
            ZerosCheck.Check(recipe.Stages, subject.Request.Budgets, subject.Request.Model);
            TrainingStageCheck.Check(recipe, subject);
            return folds.Count == 0 ? Train(trial, recipe, cancellation) : CrossValidate(trial, recipe, cancellation);
        }
        catch (CompressException exception) when (IsAboutTheConfiguration(exception))
        {
            return TrialOutcome.Failed($"{exception.Code}: {exception.Message}");
        }
        catch (CompressException exception)
        {
            // A full disk or lost data would make every further trial fail as well.
            throw new TuningException(exception.Code, exception.Message, exception.Hint, exception);
        }
    }

    /// <summary>A training that diverges, values that do not go together, a layer that cannot be cut so far: other values may do.</summary>
    static bool IsAboutTheConfiguration(CompressException exception) =>
        exception is PruningException or RecipeException or BudgetException
        || exception is TrainingException { Code: TrainingException.Diverged or TrainingException.Recipe or TrainingException.NothingToTrain };

    TrialOutcome Train(Trial trial, Recipe recipe, CancellationToken cancellation)
    {
        var planned = StepsOf(recipe, relativeSteps: false);
        var reported = 0;
        var (candidate, outcome) = Sequence(trial, subject, recipe, "", (epoch, validation) =>
        {
            var step = relativeSteps ? Math.Max(1, epoch * Parts / planned) : epoch;
            if (step == reported) return;
            reported = step;
            // Stopping saves nothing any more where the training is over.
            if (epoch < planned) trial.ReportOrStop(step, ErrorOf(validation));
            else trial.Report(step, ErrorOf(validation));
        }, cancellation);
        var violations = Violations(candidate, outcome.IsOutOfReach, cancellation);
        return outcome.IsOutOfReach
            ? TrialOutcome.Pruned("The budgets are out of its reach; it was not trained.").Measured(violations)
            : TrialOutcome.Complete(ErrorOf(new Measuring(subject).Evaluate(candidate, cancellation)!)).Measured(violations);
    }

    /// <summary>Reports the mean after each part.</summary>
    TrialOutcome CrossValidate(Trial trial, Recipe recipe, CancellationToken cancellation)
    {
        var (sum, violations) = (0.0, new double[costs.Length]);
        Array.Fill(violations, double.NegativeInfinity);
        for (var fold = 0; fold < folds.Count; fold++)
        {
            var (candidate, outcome) = Sequence(trial, folds[fold], recipe, FormattableString.Invariant($"fold {fold + 1}, "), null, cancellation);
            violations = [.. violations.Zip(Violations(candidate, outcome.IsOutOfReach, cancellation), Math.Max)];
            if (outcome.IsOutOfReach) return TrialOutcome.Pruned("The budgets are out of its reach; it was not trained.").Measured(violations);
            sum += ErrorOf(new Measuring(folds[fold]).Evaluate(candidate, cancellation)!);
            if (fold < folds.Count - 1) trial.ReportOrStop(fold + 1, sum / (fold + 1));
        }

        return TrialOutcome.Complete(sum / folds.Count).Measured(violations);
    }

    /// <summary>The stages, in the work folder of that recipe: a killed trial goes on there, and the final run finds the best one's stages done.</summary>
    (OnnxModel Candidate, StageOutcome Outcome) Sequence(Trial trial, CompressionSubject on, Recipe recipe, string part, Action<int, EvaluationResult>? epochEnded, CancellationToken cancellation)
    {
        using var cache = RunCache.Open(on.Request.CacheDirectory, CacheKey.Of(on, recipe), cancellation, Threads);
        return new StageSequence(on, recipe, limits, baseline, cache.WorkFolder)
        {
            Progress = Progress is null ? null : new TrialLines(FormattableString.Invariant($"trial {trial.Number}"), part, Progress),
            EpochEnded = epochEnded,
        }.Run(cancellation);
    }

    /// <summary>Removes what a recipe left behind.</summary>
    public void Forget(Configuration configuration, CancellationToken cancellation)
    {
        Recipe recipe;
        try
        {
            recipe = space.Make(configuration);
        }
        catch (CompressException)
        {
            return; // values that do not go together: there was no recipe, so nothing was left behind
        }

        foreach (var on in folds.Count == 0 ? [subject] : folds)
        {
            using var cache = RunCache.Open(on.Request.CacheDirectory, CacheKey.Of(on, recipe), cancellation);
            cache.Forget();
        }
    }

    /// <summary>Of each cost budget: measured over limit, less one.</summary>
    double[] Violations(OnnxModel candidate, bool isOutOfReach, CancellationToken cancellation)
    {
        if (costs.Length == 0) return [];
        var cost = CostModel.Count(candidate, ShapeInference.Infer(candidate, subject.Shapes));
        var needsLatency = costs.Any(limit => limit.Budget.Kind == BudgetKind.MaxLatency);
        double? share = needsLatency ? new Measuring(subject).LatencyShare(candidate, cancellation) : null;
        var measured = new Measurements
        {
            SizeBytes = candidate.SizeInBytes,
            Macs = cost.Macs,
            Parameters = candidate.IsStoredSparse ? NonZeros.Parameters(candidate) : cost.Parameters,
            LatencyMs = share * baseline.Profile.Latency.MedianMs,
            LatencyRatio = share,
        };
        double[] violations = [.. costs.Select(limit => ((measured.Of(limit.Budget.Kind) ?? 0) / limit.Limit) - 1)];
        // What the stage found clearly too slow must not pass by a lucky measurement.
        if (isOutOfReach && violations.All(violation => violation <= 0)) violations[^1] = double.Epsilon;
        return violations;
    }

    sealed class TrialLines(string trial, string part, IProgress<ProgressEvent> progress) : IProgress<ProgressEvent>
    {
        public void Report(ProgressEvent value) => progress.Report(value with { Stage = trial, Message = $"{part}{value.Stage}: {value.Message}" });
    }
}
