using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>
/// Fewer MACs and fewer weights on CIFAR-10, scaled down to what a small machine trains: every method gets the same number of epochs, and the small dense
/// network too. Point by point; what is finished is not run again.
/// </summary>
static class PrunedCifar
{
    const int Epochs = 8, SparseLearningEpochs = 3;

    static readonly double[] Ratios = [1.5, 2.1, 2.55, 4];

    static readonly TrainingRecipe Recovery = new() { LearningRate = 0.05, Nesterov = true, WeightDecay = 1e-4, Schedule = LearningRateSchedule.OneCycle, KeepBest = false };

    /// <param name="data">Folder with CIFAR-10's binary files.</param>
    /// <param name="output">Gets the reports, models and tables.</param>
    /// <param name="model">The trained network that channels are removed from.</param>
    /// <param name="part">all, channels, topologies or lottery.</param>
    public static void Run(string data, string output, string model, string part)
    {
        using var run = TrainedPoints.OfCifar(data, output);
        var points = new List<TrainedPoint>();
        void Finish(IEnumerable<TrainedPoint> finished)
        {
            foreach (var point in finished)
            {
                points.Add(point);
                File.WriteAllText(Path.Combine(run.Output, $"{part}.md"), SparseMnist.Table(points));
            }
        }

        for (var seed = 1; seed <= 2 && part is "all" or "topologies"; seed++) Finish(ComparisonPoints.OfCifar.Topologies(run, seed));
        for (var seed = 1; seed <= 2 && part is "all" or "lottery"; seed++) Finish(ComparisonPoints.OfCifar.Lottery(run, seed, rewind: 1));
        if (part is "all" or "channels") Channels(data, run.Output, model);
    }

    static void Channels(string data, string output, string model)
    {
        var lines = new List<string> { "| MACs | method | accuracy | original | | small dense network |", "|---|---|---:|---:|---:|---:|" };
        foreach (var (method, recipe) in Methods())
        {
            foreach (var ratio in Ratios)
            {
                var report = Report(data, output, model, FormattableString.Invariant($"{method}-{ratio}"), recipe, 1 / ratio);
                var (before, after) = (100 * report.Before.Validation!.Value, 100 * report.After.Validation!.Value);
                var dense = report.SmallDense is { } small ? FormattableString.Invariant($"{100 * small.Validation!.Value:0.00} %") : "";
                lines.Add(FormattableString.Invariant($"| {1 / report.Ratios.Macs:0.00}x | {method} | {after:0.00} % | {before:0.00} % | {after - before:+0.00;-0.00} | {dense} |"));
                Console.WriteLine(lines[^1]);
                File.WriteAllLines(Path.Combine(output, "channels.md"), lines);
            }
        }
    }

    /// <summary>Epochs of all stages together are the same; the small dense network is trained once for each ratio.</summary>
    static IEnumerable<(string Name, Recipe Recipe)> Methods()
    {
        Recipe With(PruneStage prune, int epochs, bool baseline) => new()
        {
            Baseline = baseline,
            Stages = [prune, new DistillStage { ExtraRounds = 0, Training = Recovery with { Epochs = epochs } }],
        };
        yield return ("l2", With(new PruneStage(), Epochs, baseline: true));
        var learning = new PruneStage
        {
            SparseLearning = new() { Epochs = SparseLearningEpochs },
            Recovery = Recovery with { Epochs = 1, LearningRate = 0.02 },
        };
        yield return ("l2, sparse learning", With(learning, Epochs - SparseLearningEpochs - 1, baseline: false));
        yield return ("taylor", With(new PruneStage { Criterion = Criterion.Taylor }, Epochs, baseline: false));
    }

    static CompressionReport Report(string data, string output, string model, string name, Recipe recipe, double share)
    {
        var folder = Path.Combine(output, name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-'));
        var file = Path.Combine(folder, "report.json");
        if (File.Exists(file)) return CompressionReport.FromJson(File.ReadAllText(file));
        Directory.CreateDirectory(folder);
        var recipeFile = Path.Combine(folder, "recipe.json");
        FileReplacement.WriteText(recipeFile, RecipeFile.Write(recipe));
        return CompressionRun.Execute(
            new CompressionRequest
            {
                Model = model,
                OutputDirectory = folder,
                TrainingData = TrainedPoints.CifarFiles(data) + "?take=45000",
                ValidationData = TrainedPoints.CifarFiles(data) + "?skip=45000",
                Recipe = recipeFile,
                Budgets = [Budget.Parse(BudgetKind.MaxMacs, FormattableString.Invariant($"{100 * share:0.00}%"))],
                Threads = 1,
                CacheDirectory = Path.Combine(output, "cache"),
            },
            null,
            default);
    }
}
