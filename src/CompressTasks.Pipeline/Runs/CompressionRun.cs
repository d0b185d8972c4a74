using System.Diagnostics;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>
/// One compression from request to artifacts: baseline, stages, verification in ONNX Runtime, budgets, reports. The result is
/// written whole or not at all; a run that was stopped goes on from its last stage or checkpoint.
/// </summary>
public static class CompressionRun
{
    public const string ReportJson = "report.json", ReportMarkdown = "report.md";

    /// <summary>Folder, inside the output folder, that gets the nearest candidate and its reports when a budget is missed.</summary>
    public const string NearestFolder = "nearest";

    /// <exception cref="BudgetException">CMP0203 when a budget cannot be kept: nothing in the output folder is replaced, the nearest candidate lies in <see cref="NearestFolder"/>.</exception>
    /// <exception cref="CompressException">Whatever else stands in the way, with its code.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same request goes on from there.</exception>
    public static CompressionReport Execute(CompressionRequest request, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        if (request.Trials is { } trials) return TunedRun.Execute(request, trials, progress, cancellation);
        var own = request.Recipe is { } file ? RecipeFile.Read(file) : null;
        if (own is not null || request.Student is not null) own = StudentCheck.Complete(own ?? Recipe.OfStudent, request);
        if (own is not null) RefuseWithoutData(own, request);
        EnsureTorch(request);
        using var subject = CompressionSubject.Open(request, own?.Preprocessing ?? Preprocessing.Default);
        var recipe = own ?? Recipe.Default(subject.Training?.Labels);
        ZerosCheck.Check(recipe.Stages, request.Budgets, request.Model);
        TrainingStageCheck.Check(recipe, subject);
        using var cache = RunCache.Open(request.CacheDirectory, CacheKey.Of(subject, recipe), cancellation, subject.Training is null ? null : request.Threads ?? TorchThreads.Default);
        var report = ReportOf(subject, recipe, cache, progress, cancellation);
        Publish(cache.ResultFolder, request);
        return report;
    }

    internal static void EnsureTorch(CompressionRequest request)
    {
        if ((request.TrainingData ?? request.ValidationData ?? request.TestData) is not null) TorchLibrary.EnsureLoaded();
    }

    /// <summary>The report of a recipe, whose result is in the cache afterwards.</summary>
    /// <param name="denseThreads">That the small dense network is trained with; null: as many as the stages.</param>
    internal static CompressionReport ReportOf(CompressionSubject subject, Recipe recipe, RunCache cache, IProgress<ProgressEvent>? progress, CancellationToken cancellation, int? denseThreads = null)
    {
        if (cache.Find() is not { } report) return Compress(subject, recipe, cache, Stopwatch.StartNew(), progress, denseThreads ?? cache.Threads, cancellation);
        progress?.Report(new ProgressEvent("cache", "the result for these inputs is in the cache", 1));
        return report;
    }

    /// <summary>Puts a finished run's files into the output folder.</summary>
    internal static void Publish(string finished, CompressionRequest request)
    {
        ArtifactFolder.Publish(finished, request.OutputDirectory, ReportMarkdown, ReportJson, Path.GetFileName(request.Model));
        var nearest = Path.Combine(request.OutputDirectory, NearestFolder);
        if (Directory.Exists(nearest)) Directory.Delete(nearest, recursive: true); // of an earlier run that missed
    }

    /// <summary>What needs data that the request does not have, or would be ignored without it.</summary>
    static void RefuseWithoutData(Recipe recipe, CompressionRequest request)
    {
        if (request.TrainingData is not null) return;
        var ignored = recipe.Preprocessing is not null && (request.ValidationData ?? request.TestData) is null ? "preprocessing"
            : recipe.Stages.OfType<PruneStage>().Any(prune => prune.Samples != new PruneStage().Samples) ? "samples"
            : null;
        if (ignored is not null) throw new RecipeException(RecipeException.Incomplete, $"The recipe's {ignored} is about training data, and there is none.", request.Recipe, $"Set TrainingData (--train), or leave {ignored} out.");
        var what = recipe.Stages.OfType<TrainingStage>().FirstOrDefault() is { } stage ? $"stage '{stage.Name}'"
            : recipe.Stages.OfType<PruneStage>().Any(prune => prune.SparseLearning is not null) ? "sparseLearning"
            : recipe.Stages.OfType<PruneStage>().Any(prune => prune.Recovery is not null) ? "recovery"
            : null;
        if (what is null) return;
        throw new RecipeException(RecipeException.Incomplete, $"The recipe's {what} needs training data.", request.Recipe, "Set TrainingData (--train), or use a recipe without training.");
    }

    static CompressionReport Compress(CompressionSubject subject, Recipe recipe, RunCache cache, Stopwatch clock, IProgress<ProgressEvent>? progress, int? denseThreads, CancellationToken cancellation)
    {
        var request = subject.Request;
        if (cache.Threads is { } threads) TorchThreads.Use(threads);
        progress?.Report(new ProgressEvent("baseline", "measuring the original"));
        var measuring = new Measuring(subject);
        var baseline = measuring.Baseline(cancellation);
        var limits = BudgetLimits.Resolve(request.Budgets, baseline.Measurements);
        var (candidate, outcome) = new StageSequence(subject, recipe, limits, baseline, cache.WorkFolder) { Progress = progress }.Run(cancellation);

        progress?.Report(new ProgressEvent("verify", "running the written model in ONNX Runtime"));
        var finished = Path.Combine(cache.WorkFolder, "finished");
        if (Directory.Exists(finished)) Directory.Delete(finished, recursive: true); // of a run that missed or was killed here
        Directory.CreateDirectory(finished);
        var path = Path.Combine(finished, Path.GetFileName(request.Model));
        candidate.Write(path);
        ModelVerification.CheckInterface(path, subject.Written);
        var (agreement, note) = Agreement(path, candidate, subject);
        if (note is not null) progress?.Report(new ProgressEvent("verify", note));
        var comparison = measuring.Compare(path, baseline, limits, cancellation);
        var check = limits.Check(comparison.Measurements);
        var dense = recipe.Baseline && !outcome.IsOutOfReach && denseThreads is { } all ? new SmallDense(subject, recipe, cache.WorkFolderOf(all), all) { Progress = progress }.Run(candidate, outcome, cancellation) : null;
        var report = new CompressionReport
        {
            Tool = CacheKey.Tool,
            Model = Path.GetFileName(request.Model),
            BudgetsMet = check.AllMet,
            Budgets = [.. check.Results.Select(result => new BudgetReport(result.Limit.Budget.Kind.ToString(), result.Limit.Budget.Text, result.Limit.Limit, result.Measured, result.IsMet))],
            Before = comparison.Before,
            After = comparison.After,
            Ratios = comparison.Ratios,
            Lowest = outcome.Range?.Lowest,
            LowestLatency = outcome.Range?.LowestLatency,
            Student = outcome.Student,
            SmallDense = dense,
            Sparsity = SparsityReport.Of(candidate, path),
            Layers = outcome.Layers,
            Stages = outcome.Stages,
            Agreement = agreement,
            Notes = note is null ? [] : [note],
            Preprocessing = subject.Data is { } data ? subject.Preprocessing.AppliedTo(data) : null,
            Run = new RunReport(request.Seed, clock.Elapsed.TotalSeconds, Process.GetCurrentProcess().PeakWorkingSet64, cache.Threads, CacheKey.DeviceClass),
        };
        File.WriteAllText(Path.Combine(finished, ReportJson), report.ToJson());
        File.WriteAllText(Path.Combine(finished, ReportMarkdown), MarkdownReport.Of(report));
        if (!check.AllMet)
        {
            var nearest = Path.Combine(request.OutputDirectory, NearestFolder);
            ArtifactFolder.Publish(finished, nearest, Path.GetFileName(request.Model), ReportMarkdown, ReportJson);
            throw check.NotMet(
                request.Model,
                $"Raise the budget that is missed, allow a larger drop in accuracy, or give more training data. The nearest candidate and its report are in '{nearest}'.",
                outcome.IsOutOfReach);
        }

        cache.Store(finished);
        return report;
    }

    /// <summary>How far file and trained graph are apart, and what of the graph could not be trained; null without data.</summary>
    static (double? Agreement, string? Note) Agreement(string path, OnnxModel candidate, CompressionSubject subject)
    {
        if ((subject.Validation ?? subject.Training) is not { } data) return default;
        using var module = new GraphModule(candidate);
        return (ModelVerification.CheckAgreement(path, module, data), module.RuntimeNote);
    }
}
