using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>A compression whose recipe is chosen by trials. What a build does that says <c>Trials</c>.</summary>
static class TunedRun
{
    const string StudyFile = "study.db";

    /// <inheritdoc cref="CompressionRun.Execute"/>
    public static CompressionReport Execute(CompressionRequest request, int trials, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        var ranges = request.Recipe is { } file ? RecipeRanges.Read(file) : null;
        CompressionRun.EnsureTorch(request);
        using var subject = CompressionSubject.Open(request, ranges?.Preprocessing ?? Preprocessing.Default);
        var space = SpaceOf(ranges, subject);
        var settings = new TuningSettings { Trials = trials, TimeLimit = request.TimeLimit };
        var searched = request.Recipe is null ? "the built-in recipe" : RecipeFile.ReadText(request.Recipe);
        using var cache = RunCache.Open(request.CacheDirectory, CacheKey.Of(subject, FormattableString.Invariant($"{trials} trials of {searched}")), cancellation);
        var report = cache.Find();
        if (report is null)
        {
            Directory.CreateDirectory(cache.WorkFolder);
            var tuned = new RecipeTuning(subject, space, settings, Path.Combine(cache.WorkFolder, StudyFile))
            {
                Progress = progress,
                TrialEnded = trial => progress?.Report(new ProgressEvent("tune", trial.ToString(), Math.Min(1, (trial.Number + 1.0) / trials))),
            }.Run(cancellation);
            var finished = Path.Combine(cache.WorkFolder, "finished");
            report = Finish(subject, tuned, finished, progress, cancellation);
            cache.Store(finished);
        }
        else
        {
            progress?.Report(new ProgressEvent("cache", "the result for these inputs is in the cache", 1));
        }

        CompressionRun.Publish(cache.ResultFolder, request);
        return report;
    }

    /// <summary>What is searched: the ranges of the user's recipe, or of the built-in one, which is another one for a student.</summary>
    public static RecipeSpace SpaceOf(RecipeRanges? ranges, CompressionSubject subject) =>
        ranges is not null ? ranges.Space(subject.Training?.Labels, subject.Request)
        : subject.Request.Student is not null ? MainHyperparameters.OfStudent(subject.Training?.Labels ?? LabelKind.None, subject.Request)
        : MainHyperparameters.Of(subject.Training?.Labels ?? LabelKind.None);

    /// <summary>Verifies, measures and writes the best trial's model, which its stages have already made, and adds the search to its reports.</summary>
    public static CompressionReport Finish(CompressionSubject subject, TunedRecipe tuned, string folder, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        using var cache = RunCache.Open(subject.Request.CacheDirectory, CacheKey.Of(subject, tuned.Recipe), cancellation, tuned.Threads);
        var report = CompressionRun.ReportOf(subject, tuned.Recipe, cache, progress, cancellation, tuned.AllThreads) with { Tuning = tuned.Report with { Plots = null } };
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true); // of a run that was killed here
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(cache.ResultFolder, report.Model), Path.Combine(folder, report.Model));
        File.WriteAllText(Path.Combine(folder, CompressionRun.ReportJson), report.ToJson());
        File.WriteAllText(Path.Combine(folder, CompressionRun.ReportMarkdown), MarkdownReport.Of(report));
        return report;
    }
}
