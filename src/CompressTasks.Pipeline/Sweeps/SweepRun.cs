using System.Globalization;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Prunes a model to several degrees by several criteria and measures each result. Every finished point is kept, so that the same request goes on after an interruption.</summary>
public static class SweepRun
{
    public const string Json = "sweep.json", Csv = "sweep.csv", Markdown = "sweep.md", Chart = "sweep.svg";

    const string PointsFolder = "points";

    /// <exception cref="CompressException">CMP0112 recovery without training data; whatever else stands in the way, with its code.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same request goes on from there.</exception>
    public static SweepReport Execute(SweepRequest request, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        if (request.Recovery is not null && request.TrainingData is null)
        {
            throw new RecipeException(RecipeException.Incomplete, "Recovery needs training data.", request.Model, "Give --train, or --epochs 0 to measure right after pruning only.");
        }

        Check(request);
        TorchLibrary.EnsureLoaded();
        var threads = TorchThreads.Use(request.Threads);
        using var subject = Open(request);
        var measuring = new Measuring(subject);
        var baseline = measuring.Baseline(cancellation);
        var points = new List<SweepPoint>();
        Directory.CreateDirectory(Path.Combine(request.OutputDirectory, PointsFolder));
        var count = request.Criteria.Count * request.Sparsities.Count;
        foreach (var criterion in request.Criteria)
        {
            foreach (var sparsity in request.Sparsities.Order())
            {
                var stage = request.Stage with { Criterion = criterion, Sparsity = sparsity };
                var name = string.Create(CultureInfo.InvariantCulture, $"{PruneStageCheck.NameOf(criterion)} {sparsity * 100:0.##} %");
                progress?.Report(new ProgressEvent("sweep", name, (double)points.Count / count));
                points.Add(PointOf(request, threads, subject, stage, baseline, measuring, progress, cancellation));
            }
        }

        var report = new SweepReport(1, CacheKey.Tool, Path.GetFileName(request.Model), request.Stage.Granularity.ToString(), request.Seed, baseline.Validation!, points);
        void Write(string name, string text) => FileReplacement.WriteText(Path.Combine(request.OutputDirectory, name), text);
        Write(Json, SweepTables.Json(report));
        Write(Csv, SweepTables.Csv(report));
        Write(Markdown, SweepTables.Markdown(report));
        Write(Chart, SweepChart.Svg(report));
        return report;
    }

    /// <summary>Every point, before the first is made.</summary>
    static void Check(SweepRequest request)
    {
        foreach (var criterion in request.Criteria)
        {
            foreach (var sparsity in request.Sparsities.Where(sparsity => sparsity > 0))
            {
                PruneStageCheck.Check(request.Stage with { Criterion = criterion, Sparsity = sparsity }, (holds, what) =>
                {
                    if (!holds) throw new RecipeException(RecipeException.Malformed, $"This sweep cannot be made: {what}.", request.Model, "See docs/recipes.md for what goes with what.");
                });
            }
        }
    }

    static CompressionSubject Open(SweepRequest request)
    {
        var subject = CompressionSubject.Open(
            new CompressionRequest
            {
                Model = request.Model,
                OutputDirectory = request.OutputDirectory,
                CacheDirectory = request.CacheDirectory,
                TrainingData = request.TrainingData,
                ValidationData = request.ValidationData,
                Seed = request.Seed,
                Threads = request.Threads,
            },
            request.Preprocessing);
        if (subject.Validation is { HasLabels: true }) return subject;
        subject.Dispose();
        throw new RecipeException(RecipeException.Incomplete, $"The validation data '{request.ValidationData}' has no labels to measure quality by.", request.ValidationData, "Give labelled data.");
    }

    /// <summary>A point that was measured before is read; its name says what decided it.</summary>
    static SweepPoint PointOf(SweepRequest request, int threads, CompressionSubject subject, PruneStage stage, Baseline baseline, Measuring measuring, IProgress<ProgressEvent>? progress, CancellationToken cancellation)
    {
        // The model itself is the same for every criterion.
        var recipe = new Recipe { Preprocessing = request.Preprocessing, Stages = [.. stage.Sparsity > 0 ? [stage] : Array.Empty<Stage>(), .. request.Recovery is { } recovery ? [recovery] : Array.Empty<Stage>()] };
        var key = CacheKey.Of(subject, recipe);
        var criterion = PruneStageCheck.NameOf(stage.Criterion);
        var file = Path.Combine(request.OutputDirectory, PointsFolder, $"{key}.json");
        if (File.Exists(file) && JsonSerializer.Deserialize<SweepPoint>(File.ReadAllText(file), CompressionReport.Json) is { } known) return known with { Criterion = criterion };
        using var cache = RunCache.Open(request.CacheDirectory, $"sweep-{key}", cancellation, threads);
        var limits = BudgetLimits.Resolve([], baseline.Measurements);
        StageSequence Sequence(Recipe part) => new(subject, part, limits, baseline, cache.WorkFolder) { Progress = progress, IsTrainedAfterwards = request.Recovery is not null };
        var (pruned, outcome) = stage.Sparsity > 0 ? Sequence(recipe with { Stages = [stage] }).Run(cancellation) : (subject.Original, StageOutcome.Nothing);
        var before = measuring.Evaluate(pruned, cancellation)!;
        // The same work folder: what was pruned above counts as done.
        var recovers = request.Recovery is not null && !outcome.IsOutOfReach;
        var final = !recovers ? pruned : Sequence(recipe).Run(cancellation).Candidate;
        var cost = CostModel.Count(final, ShapeInference.Infer(final, subject.Shapes));
        var nonZero = NonZeros.Parameters(final);
        var point = new SweepPoint(
            criterion,
            stage.Sparsity!.Value,
            stage.Granularity.IsMasked ? 1 - ((double)nonZero / cost.Parameters) : 1 - ((double)cost.Macs / baseline.Profile.Macs),
            cost.Macs,
            cost.Parameters,
            nonZero,
            final.SizeInBytes,
            before,
            !recovers ? null : measuring.Evaluate(final, cancellation));
        FileReplacement.WriteText(file, JsonSerializer.Serialize(point, CompressionReport.Json));
        cache.Forget();
        return point;
    }
}
