using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>What tuning ends with.</summary>
/// <param name="Recipe">The best one; where no trial kept the budgets, the one that missed them by least.</param>
/// <param name="Page">The study as Markdown.</param>
/// <param name="Threads">For the recipe's stages: those of the trials, whose work is taken over; all after cross-validation, where no trial trained on the whole data.</param>
/// <param name="AllThreads">For what no trial did.</param>
sealed record TunedRecipe(Recipe Recipe, TuningReport Report, string Page, int Threads, int AllThreads);

/// <summary>Searches a family of recipes for the one with the least validation error within the budgets.</summary>
sealed class RecipeTuning(CompressionSubject subject, RecipeSpace space, TuningSettings settings, string storage)
{
    public IProgress<ProgressEvent>? Progress { get; init; }

    /// <summary>Told each finished trial, those of earlier runs first.</summary>
    public Action<TrialReport>? TrialEnded { get; init; }

    /// <exception cref="BudgetException">CMP0203 the widths that the recipe allows are all too large; CMP0204 a budget that nothing can be measured for.</exception>
    /// <exception cref="RecipeException">CMP0112 no labelled data to measure the error on; CMP0114 every trial failed.</exception>
    /// <exception cref="CompressException">CMP0901 to CMP0908; whatever stands in the way of every trial.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on from there.</exception>
    public TunedRecipe Run(CancellationToken cancellation)
    {
        RequireData();
        if (space.Space.Defaults() is { } defaults) TrainingStageCheck.Check(space.Make(defaults), subject);
        var threads = TorchThreads.Use(settings.ThreadsPerTrial(subject.Request.Threads));
        var folds = OpenFolds();
        try
        {
            return TuningErrors.Guard(settings.Storage ?? storage, () => Search(folds, threads, cancellation));
        }
        finally
        {
            foreach (var fold in folds) fold.Dispose();
        }
    }

    TunedRecipe Search(IReadOnlyList<CompressionSubject> folds, int threads, CancellationToken cancellation)
    {
        Progress?.Report(new ProgressEvent("baseline", "measuring the original"));
        var baseline = new Measuring(subject).Baseline(cancellation);
        var limits = BudgetLimits.Resolve(subject.Request.Budgets, baseline.Measurements);
        // Where trials train unequally long, the same epoch is another moment of the schedule.
        var relativeSteps = space.Space.Parameters.Any(parameter => parameter.Name.EndsWith("pochs", StringComparison.Ordinal)) && settings.Folds is null;
        var objective = new RecipeObjective(subject, folds, space, limits, baseline, relativeSteps) { Threads = threads, Progress = Progress };
        using var opened = StudyStorage.Open(settings.Storage ?? storage);
        var identity = Identity();
        var architecture = ArchitectureLimits.Of(subject, space, limits);
        using var study = new Study(architecture is null ? space.Space : space.Space.Subject("budgets", architecture), new StudyOptions
        {
            Name = settings.Study ?? NameOf(identity),
            Identity = identity,
            Objectives = [new("validation error")],
            Measured = [.. RecipeObjective.CostsOf(limits).Select(limit => limit.Budget.ToString())],
            Sampler = settings.MakeSampler(),
            Stopping = settings.MakeRule(settings.Folds ?? (space.Space.Defaults() is { } defaults ? RecipeObjective.StepsOf(space.Make(defaults), relativeSteps) : 1)),
            Seed = subject.Request.Seed,
            TotalTrials = settings.Trials,
            TimeLimit = settings.TimeLimit,
            Storage = opened,
        });
        foreach (var trial in TuningRecords.Trials(study).Where(trial => trial.State != TuningRecords.Running)) TrialEnded?.Invoke(trial);
        try
        {
            study.Run((trial, token) => RunTrial(study, objective, trial, token), settings.Parallel, cancellation: cancellation);
        }
        catch (TuningException none) when (none.Code == TuningException.Infeasible && study.Trials.IsEmpty && architecture is not null && AllowsDefaults())
        {
            throw OutOfReach();
        }

        study.Synchronize();
        var chosen = study.Best ?? Nearest(study);
        Forget(study, objective, chosen, folds.Count > 0, cancellation);
        var report = TuningRecords.Report(study);
        var all = settings.ThreadsAlone(subject.Request.Threads);
        return new TunedRecipe(space.Make((chosen ?? throw NoResult(study)).Configuration), report, StudyReport.ToMarkdown(study), folds.Count == 0 ? threads : all, all);
    }

    TrialOutcome RunTrial(Study study, RecipeObjective objective, Trial trial, CancellationToken cancellation)
    {
        TrialOutcome outcome;
        try
        {
            outcome = objective.Run(trial, cancellation);
        }
        catch (TrialPrunedException stopped)
        {
            outcome = TrialOutcome.Pruned(stopped.Reason);
        }
        catch (TuningException)
        {
            study.Release(trial);
            throw;
        }

        // The study is told when this returns; people see the same a moment before.
        TrialEnded?.Invoke(TuningRecords.Ended(study, trial.Record, outcome));
        return outcome;
    }

    /// <summary>The trial to fail with where none can be the result: a whole one, else one whose cost is known, else one that was stopped. Null where all failed.</summary>
    internal static TrialRecord? Nearest(Study study) => study.Trials
        .Where(trial => trial.State is TrialState.Complete or TrialState.Pruned)
        .OrderBy(trial => trial.State == TrialState.Complete ? 0 : trial.Violations.IsEmpty ? 2 : 1)
        .ThenBy(trial => trial.TotalViolation)
        .FirstOrDefault();

    static RecipeException NoResult(Study study)
    {
        var why = study.Trials.Select(trial => trial.Note).OfType<string>().FirstOrDefault();
        return new RecipeException(
            RecipeException.NothingTuned,
            FormattableString.Invariant($"None of the {study.Trials.Length} trials ended with a result.{(why is null ? "" : $" The first one: {why}")}"),
            hint: "Narrow the ranges to what can be trained, or give more time.");
    }

    /// <summary>Whether the ranges' own constraints can be satisfied, so that it is the budgets that cannot.</summary>
    bool AllowsDefaults() => space.Space.Defaults() is { } defaults && space.Space.Allows(defaults);

    BudgetException OutOfReach() => new(
        BudgetException.NotMet,
        $"No candidate for '{subject.Request.Model}' keeps every budget: the widths that the recipe allows (keepPerGroup) are all too large.",
        "Allow smaller widths, or raise the budgets.",
        subject.Request.Model)
    {
        IsOutOfReach = true,
    };

    /// <summary>Only the chosen trial's work is needed further, and not its parts for cross-validation.</summary>
    static void Forget(Study study, RecipeObjective objective, TrialRecord? chosen, bool isCrossValidated, CancellationToken cancellation)
    {
        foreach (var trial in study.Trials.Where(trial => trial.IsFinished && (isCrossValidated || trial.Number != chosen?.Number))) objective.Forget(trial.Configuration, cancellation);
    }

    void RequireData()
    {
        var file = subject.Request.Recipe ?? subject.Request.Model;
        if (subject.Training is null) throw new RecipeException(RecipeException.Incomplete, "Tuning trains many candidates and needs training data.", file, "Set TrainingData (--train).");
        if (settings.Folds is null && subject.Validation is not { HasLabels: true })
        {
            throw new RecipeException(RecipeException.Incomplete, "Tuning compares candidates on labelled validation data, and there is none.", file, "Set ValidationData (--validate), or let parts of the training data stand in (--folds).");
        }

        if (subject.Validation is not { HasLabels: true } && subject.Request.Budgets.FirstOrDefault(budget => budget.Kind is BudgetKind.MinAccuracy or BudgetKind.MaxAccuracyDrop) is { } accuracy)
        {
            throw new BudgetException(BudgetException.NotMeasurable, $"{accuracy} cannot be checked, since there is nothing to measure it on.", "Accuracy needs labelled validation data: set ValidationData.", file);
        }

        if (settings.Folds is not null && !subject.Training.HasLabels) throw new RecipeException(RecipeException.Incomplete, "Cross-validation needs labelled training data.", file, "Give labels, or validation data.");
    }

    IReadOnlyList<CompressionSubject> OpenFolds() => settings.Folds is not { } count ? [] : [.. Enumerable.Range(1, count).Select(fold => CompressionSubject.Open(
        subject.Request with
        {
            TrainingData = DataSets.Fold(subject.Request.TrainingData!, fold, count, isTraining: true),
            ValidationData = DataSets.Fold(subject.Request.TrainingData!, fold, count, isTraining: false),
            TestData = null,
        },
        subject.Preprocessing))];

    /// <summary>Trials of another model, of other data or budgets, or of recipes that differ in more than the ranges are no help.</summary>
    string Identity() => CacheKey.OfStudy(subject, FormattableString.Invariant($"{(subject.Request.Recipe is null ? "built-in" : "file")} {settings.Folds} {space.Fixed}"));

    string NameOf(string identity) => $"{Path.GetFileNameWithoutExtension(subject.Request.Model)}-{identity[..8]}";
}
