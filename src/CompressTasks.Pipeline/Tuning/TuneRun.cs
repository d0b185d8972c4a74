using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What <c>compress tune</c> does: a study that goes on to its total number of trials, and its best recipe carried out.</summary>
public static class TuneRun
{
    public const string BestRecipe = "best-recipe.json", StudyJson = "study.json", StudyMarkdown = "study.md", TrialsCsv = "trials.csv";

    const string StudyFile = "study.db";

    /// <param name="request">Its recipe has ranges, or is null for those of the built-in recipe.</param>
    /// <param name="trialEnded">Told each finished trial, those of earlier runs first; from any thread.</param>
    /// <exception cref="BudgetException">CMP0203 where no trial kept the budgets; the study's files are written all the same.</exception>
    /// <exception cref="CompressException">Whatever else stands in the way, with its code.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same request goes on from there.</exception>
    public static CompressionReport Execute(CompressionRequest request, TuningSettings settings, IProgress<ProgressEvent>? progress, Action<TrialReport>? trialEnded, CancellationToken cancellation)
    {
        var ranges = request.Recipe is { } file ? RecipeRanges.Read(file) : null;
        CompressionRun.EnsureTorch(request);
        CreateFolder(request.OutputDirectory);
        using var subject = CompressionSubject.Open(request, ranges?.Preprocessing ?? Preprocessing.Default);
        RequireFolds(request, settings, subject);
        var tuned = new RecipeTuning(subject, TunedRun.SpaceOf(ranges, subject), settings, Path.Combine(request.OutputDirectory, StudyFile))
        {
            Progress = progress,
            TrialEnded = trialEnded,
        }.Run(cancellation);
        void Write(string name, string text) => FileReplacement.WriteText(Path.Combine(request.OutputDirectory, name), text);
        Write(StudyJson, JsonSerializer.Serialize(tuned.Report, CompressionReport.Json));
        Write(StudyMarkdown, tuned.Page);
        Write(TrialsCsv, TuningRecords.Csv(tuned.Report));
        Write(BestRecipe, RecipeFile.Write(tuned.Recipe));
        // Several processes may end the same study at the same time, each with a folder of its own.
        var finished = Path.Combine(request.OutputDirectory, $".finished-{Guid.NewGuid():N}");
        try
        {
            var report = TunedRun.Finish(subject, tuned, finished, progress, cancellation);
            CompressionRun.Publish(finished, request);
            return report;
        }
        finally
        {
            if (Directory.Exists(finished)) Directory.Delete(finished, recursive: true);
        }
    }

    /// <summary>The last part is the smallest: where it has samples, all have, which is told before the others are opened.</summary>
    static void RequireFolds(CompressionRequest request, TuningSettings settings, CompressionSubject subject)
    {
        if (settings.Folds is not { } folds || request.TrainingData is not { } data) return;
        using var last = DataSets.Open(DataSets.Fold(data, folds, folds, isTraining: false), subject.Preprocessing);
    }

    static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelException.NotWritten, $"The folder '{folder}' cannot be made: {exception.Message}", folder, "Choose another one.", exception);
        }
    }
}
