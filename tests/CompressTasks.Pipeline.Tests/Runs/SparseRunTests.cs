using CompressTasks.Onnx;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>Weights set to zero make the file smaller, in the share or to the bytes that were asked for, and stay zero.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class SparseRunTests(LearnedModel learned)
{
    const string Distill = """{ "stage": "distill", "training": { "epochs": 3, "batchSize": 64, "learningRate": 0.02 }, "extraRounds": 0 }""";

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.98)]
    public void A_share_of_the_weights_is_set_to_zero_without_data(double sparsity)
    {
        var request = Request("weight", sparsity);

        var report = PruningRun.Execute(request, null, default);

        var (weights, kept) = Count(request.Output);
        Assert.Equal(Math.Round((1 - sparsity) * weights), kept);
        Assert.Equal((weights, kept, new FileInfo(request.Output).Length), (report.Sparsity!.Weights, report.Sparsity.Kept, report.Sparsity.SizeBytes));
        Assert.True(report.Sparsity.SizeBytes < report.Sparsity.DenseBytes);
        Assert.True(report.Sparsity.ZippedBytes < report.Sparsity.DenseZippedBytes);
        Assert.Equal(report.Before.Macs, report.After.Macs);
        Assert.Equal(NonZeros.Parameters(OnnxModel.Read(request.Output)), report.After.NonZeroParameters);
    }

    [Theory]
    [InlineData("50%")]
    [InlineData("20%")]
    [InlineData("14%")]
    public void A_size_budget_decides_how_many_go_and_is_used_up(string size)
    {
        var report = PruningRun.Execute(Request("weight", null, Budget.Parse(BudgetKind.MaxSize, size)), null, default);
        Assert.InRange(report.Achieved["MaxSize"], 0.98 * report.Asked["MaxSize"], report.Asked["MaxSize"]);
    }

    [Fact]
    public void A_parameter_budget_counts_what_is_not_zero()
    {
        var request = Request("weight", null, Budget.Parse(BudgetKind.MaxParameters, "500"));
        var report = PruningRun.Execute(request, null, default);
        Assert.InRange(report.Achieved["MaxParameters"], 495, 500);
        Assert.Equal(report.Achieved["MaxParameters"], NonZeros.Parameters(OnnxModel.Read(request.Output)));
    }

    [Theory]
    [InlineData("2:4")]
    [InlineData("kernel")]
    [InlineData("block-4x4")]
    public void Other_granularities_are_reached_the_same_way(string grain)
    {
        var request = Request(grain, grain == "2:4" ? null : 0.5);
        var report = PruningRun.Execute(request, null, default);
        Assert.InRange((double)report.Sparsity!.Kept / report.Sparsity.Weights, 0.4, 0.56);
    }

    [Theory]
    [InlineData("weight", PruningSchedule.OneShot)]
    [InlineData("kernel", PruningSchedule.OneShot)]
    [InlineData("weight", PruningSchedule.Cubic)]
    public void Layers_that_are_missed_less_lose_more_where_sensitivity_is_measured(string grain, PruningSchedule schedule)
    {
        var request = Request(grain, 0.8);
        var isOneShot = schedule == PruningSchedule.OneShot;
        var stage = request.Stage with { Distribution = Distribution.Sensitivity, Samples = 128, Schedule = schedule, Steps = isOneShot ? 1 : 3, Recovery = isOneShot ? null : new() { Epochs = 1 } };
        request = request with { Data = learned.TrainingData, CacheDirectory = learned.At(Guid.NewGuid().ToString("N")), Stage = stage, Trains = !isOneShot };
        var progress = new RecordedProgress();

        var report = PruningRun.Execute(request, progress, default);

        Assert.InRange((double)report.Sparsity!.Kept / report.Sparsity.Weights, 0.19, 0.2001);
        Assert.Equal(3, progress.Events.Count(shown => shown.Stage == "sensitivity"));
        Assert.Equal(3, report.Layers.Select(layer => Math.Round((double)layer.After / layer.Before, 2)).Distinct().Count());
        Assert.Single(Directory.EnumerateFiles(request.CacheDirectory, "sensitivity-*.json", SearchOption.AllDirectories));
    }

    [Fact]
    public void Pruning_that_trains_is_stopped_and_goes_on_to_the_same_bytes()
    {
        var stage = new PruneStage { Granularity = PruningGrain.TryParse("weight")!, Sparsity = 0.9, Schedule = PruningSchedule.Cubic, Steps = 6, Recovery = new() { Epochs = 3, LearningRate = 0.02 } };
        var (whole, stopped) = (Request("weight", 0.9) with { Data = learned.TrainingData, Stage = stage, Trains = true, Threads = 1 }, Request("weight", 0.9) with { Data = learned.TrainingData, Stage = stage, Trains = true, Threads = 1, CacheDirectory = learned.At("other cache") });
        PruningRun.Execute(whole, null, default);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress is { Stage: "prune gradually", Fraction: > 0.3 }) cancellation.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => PruningRun.Execute(stopped, cancels, cancellation.Token));
        Assert.NotEmpty(Directory.EnumerateFiles(stopped.CacheDirectory, "*.checkpoint", SearchOption.AllDirectories));

        // Another budget is another request, and does not go on from there.
        PruningRun.Execute(stopped with { Budgets = [Budget.Parse(BudgetKind.MaxParameters, "400")], Output = stopped.Output + ".other.onnx" }, null, default);
        PruningRun.Execute(stopped, null, default);

        Assert.Equal(File.ReadAllBytes(whole.Output), File.ReadAllBytes(stopped.Output));
        Assert.Empty(Directory.EnumerateFiles(stopped.CacheDirectory, "*.checkpoint", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(BudgetKind.MaxLatency)]
    [InlineData(BudgetKind.MaxMacs)]
    [InlineData(BudgetKind.MaxFlops)]
    public void A_budget_that_zeros_cannot_keep_is_refused(BudgetKind kind)
    {
        var exception = Assert.Throws<BudgetException>(() => PruningRun.Execute(Request("weight", 0.5, Budget.Parse(kind, "50%")), null, default));
        Assert.Equal("CMP0205", exception.Code);
    }

    [Theory]
    [InlineData("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9 }""")]
    [InlineData("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "schedule": "cubic", "steps": 6, "recovery": { "epochs": 2, "learningRate": 0.02 } }""")]
    [InlineData("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "regrowth": "splice", "schedule": "cubic", "steps": 6, "recovery": { "epochs": 2, "learningRate": 0.02 } }""")]
    [InlineData("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "regrowth": "gradient", "distribution": "erk", "criterion": "random", "start": "scratch", "steps": 5, "recovery": { "epochs": 2 } }""")]
    [InlineData("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "schedule": "exponential", "steps": 2, "rewind": 1, "recovery": { "epochs": 2, "learningRate": 0.02 } }""")]
    [InlineData("""{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "criterion": "gradient-times-weight", "samples": 128 }""")]
    public void Zeros_stay_zero_through_the_stages_that_follow(string prune)
    {
        var report = CompressionRun.Execute(Request(prune), null, default);
        // A weight of a network from scratch may stay at 0 though it is kept, where it gets no gradient.
        Assert.InRange(report.Sparsity!.Kept, 0.085 * report.Sparsity.Weights, (0.1 * report.Sparsity.Weights) + 1);
    }

    [Fact]
    public void A_size_budget_holds_after_training()
    {
        var prune = """{ "stage": "prune", "granularity": "weight", "schedule": "cubic", "steps": 6, "recovery": { "epochs": 2, "learningRate": 0.02 } }""";
        var request = Request(prune) with { Budgets = [Budget.Parse(BudgetKind.MaxSize, "30%")] };
        var report = CompressionRun.Execute(request, null, default);
        Assert.InRange(report.After.SizeBytes, 0.9 * 0.3 * report.Before.SizeBytes, 0.3 * report.Before.SizeBytes);
    }

    [Theory]
    [InlineData("prune gradually")]
    [InlineData("distill")]
    public void A_run_that_is_stopped_while_it_prunes_or_trains_goes_on_to_the_same_bytes(string stage)
    {
        var prune = """{ "stage": "prune", "granularity": "weight", "sparsity": 0.9, "regrowth": "splice", "schedule": "cubic", "steps": 6, "recovery": { "epochs": 3, "learningRate": 0.02 } }""";
        var (whole, request) = (Request(prune), Request(prune));
        CompressionRun.Execute(whole, null, default);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress.Stage == stage && progress.Fraction > 0.3) cancellation.Cancel(); } };

        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, cancels, cancellation.Token));
        CompressionRun.Execute(request, null, default);

        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.OutputDirectory, "bars.onnx")), File.ReadAllBytes(Path.Combine(request.OutputDirectory, "bars.onnx")));
    }

    CompressionRequest Request(string prune)
    {
        var recipe = learned.At($"{Guid.NewGuid():N}.json");
        File.WriteAllText(recipe, $$"""{ "baseline": false, "stages": [ {{prune}}, {{Distill}} ] }""");
        return learned.Request() with { Recipe = recipe };
    }

    PruningRequest Request(string grain, double? sparsity, params Budget[] budgets) => new()
    {
        Model = learned.Model,
        Output = Path.Combine(Directory.CreateDirectory(learned.At(Guid.NewGuid().ToString("N"))).FullName, "sparse.onnx"),
        Budgets = budgets,
        Stage = new PruneStage { Granularity = PruningGrain.TryParse(grain)!, Sparsity = sparsity },
        CacheDirectory = learned.At("cache"),
    };

    static (long Weights, long Kept) Count(string path)
    {
        TorchLibrary.EnsureLoaded();
        var model = OnnxModel.Read(path);
        var names = WeightMatrix.Of(model).Select(matrix => matrix.Name).ToHashSet();
        var tensors = model.Graph.Initializer.Where(tensor => names.Contains(tensor.Name)).ToArray();
        return (tensors.Sum(tensor => tensor.ElementCount()), tensors.Sum(NonZeros.In));
    }
}
