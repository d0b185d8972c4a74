using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>The whole way from a request to artifacts, on a network and data of the test's own.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class CompressionRunTests(LearnedModel learned)
{
    static readonly Budget HalfTheMacs = Budget.Parse(BudgetKind.MaxMacs, "50%");

    [Fact]
    public void Every_budget_is_kept_and_the_report_is_what_the_written_file_measures()
    {
        var request = learned.Request(HalfTheMacs, Budget.Parse(BudgetKind.MaxSize, "70%"), Budget.Parse(BudgetKind.MaxParameters, "60%"), Budget.Parse(BudgetKind.MaxAccuracyDrop, "2%")) with { TestData = learned.TestData };

        var report = CompressionRun.Execute(request, null, default);

        var written = Path.Combine(request.OutputDirectory, "bars.onnx");
        Assert.Equal(["bars.onnx", "report.json", "report.md"], Directory.EnumerateFileSystemEntries(request.OutputDirectory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(report.BudgetsMet);
        Assert.All(report.Budgets, budget => Assert.True(budget.Met, budget.Kind));
        Assert.Equal(new FileInfo(learned.Model).Length * 0.7, report.Budgets.Single(budget => budget.Kind == "MaxSize").Limit);

        var stored = JsonDocument.Parse(File.ReadAllText(Path.Combine(request.OutputDirectory, "report.json"))).RootElement;
        var after = stored.GetProperty("after");
        var model = OnnxModel.Read(written);
        var cost = CostModel.Count(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["image"] = [1, 1, 8, 8] }));
        Assert.Equal(new FileInfo(written).Length, after.GetProperty("sizeBytes").GetInt64());
        Assert.Equal((cost.Macs, cost.Parameters), (after.GetProperty("macs").GetInt64(), after.GetProperty("parameters").GetInt64()));
        Assert.True(cost.Macs <= 0.5 * report.Before.Macs && cost.Parameters <= 0.6 * report.Before.Parameters && new FileInfo(written).Length <= 0.7 * report.Before.SizeBytes);

        Assert.Equal(Accuracy(written, learned.ValidationData), after.GetProperty("validation").GetProperty("value").GetDouble());
        Assert.Equal(Accuracy(written, learned.TestData), after.GetProperty("test").GetProperty("value").GetDouble());
        Assert.Equal(Accuracy(learned.Model, learned.TestData), stored.GetProperty("before").GetProperty("test").GetProperty("value").GetDouble());
        Assert.InRange(stored.GetProperty("agreement").GetDouble(), 0, ModelVerification.Tolerance);
        Assert.Equal(["prune", "distill"], stored.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("stage").GetString()));
        Assert.Equal(16, stored.GetProperty("layers")[0].GetProperty("before").GetInt32());
        Assert.Contains("all budgets kept", File.ReadAllText(Path.Combine(request.OutputDirectory, "report.md")), StringComparison.Ordinal);

        ModelVerification.CheckInterface(written, OnnxModel.Read(learned.Model));
        Assert.Equal(CacheKey.Tool, model.Proto.MetadataProps.Single(property => property.Key == Provenance.Tool).Value);
        var applied = model.Proto.MetadataProps.Single(property => property.Key == Provenance.Preprocessing).Value;
        Assert.Equal("{\"scale\":0.003921569}", applied);
        Assert.Equal(1f / 255, stored.GetProperty("preprocessing").GetProperty("scale").GetSingle());
        Assert.Contains($"`{applied}`", File.ReadAllText(Path.Combine(request.OutputDirectory, "report.md")), StringComparison.Ordinal);
        Assert.False(stored.GetProperty("stages")[1].GetProperty("augmentation").GetProperty("flip").GetBoolean());
        Assert.Equal(RecipeFile.Write(RecipeFile.Read(learned.Recipe)), model.Proto.MetadataProps.Single(property => property.Key == Provenance.Recipe).Value);
    }

    [Fact]
    public void The_same_request_gives_the_same_bytes_and_its_second_run_comes_from_the_cache()
    {
        var first = learned.Request(HalfTheMacs);
        var elsewhere = learned.Request(HalfTheMacs);
        CompressionRun.Execute(first, null, default);
        CompressionRun.Execute(elsewhere, null, default);
        Assert.Equal(ModelBytes(first), ModelBytes(elsewhere));

        var again = first with { OutputDirectory = learned.At("again") };
        var progress = new RecordedProgress();
        var report = CompressionRun.Execute(again, progress, default);

        Assert.Equal(["cache"], progress.Stages);
        Assert.Equal(ModelBytes(first), ModelBytes(again));
        Assert.Equal(File.ReadAllText(Path.Combine(first.OutputDirectory, "report.json")), report.ToJson());
        Assert.False(Directory.Exists(Path.Combine(first.CacheDirectory, "work", Path.GetFileName(Directory.EnumerateDirectories(Path.Combine(first.CacheDirectory, "results")).Single()))));
    }

    [Fact]
    public void A_run_that_is_cancelled_while_it_distills_goes_on_to_the_same_bytes()
    {
        var whole = learned.Request(HalfTheMacs);
        CompressionRun.Execute(whole, null, default);
        var request = learned.Request(HalfTheMacs);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress is { Stage: "distill", Fraction: > 0.4 }) cancellation.Cancel(); } };

        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, cancels, cancellation.Token));
        Assert.False(Directory.Exists(request.OutputDirectory));

        var resumed = new RecordedProgress();
        CompressionRun.Execute(request, resumed, default);
        Assert.DoesNotContain("prune", resumed.Stages);
        Assert.DoesNotContain(resumed.Events, progress => progress.Message.StartsWith("epoch 1:", StringComparison.Ordinal));
        Assert.Equal(ModelBytes(whole), ModelBytes(request));
    }

    [Fact]
    public void Validation_data_does_not_change_the_weights_where_it_chooses_nothing()
    {
        var recipe = learned.At("last-epoch.json");
        File.WriteAllText(recipe, File.ReadAllText(learned.Recipe).Replace("\"epochs\": 4", "\"epochs\": 2, \"keepBest\": false", StringComparison.Ordinal));
        var with = learned.Request(HalfTheMacs) with { Recipe = recipe };
        var without = learned.Request(HalfTheMacs) with { Recipe = recipe, ValidationData = null };

        CompressionRun.Execute(with, null, default);
        CompressionRun.Execute(without, null, default);

        Assert.Equal(ModelBytes(with), ModelBytes(without));
    }

    [Theory]
    [InlineData(BudgetKind.MaxMacs, "1%")]
    [InlineData(BudgetKind.MaxSize, "100B")]
    [InlineData(BudgetKind.MaxLatency, "1%")]
    public void A_budget_out_of_reach_reports_the_deepest_cut_and_trains_nothing(BudgetKind kind, string text)
    {
        var request = learned.Request(Budget.Parse(kind, text));
        Directory.CreateDirectory(request.OutputDirectory);
        var earlier = Path.Combine(request.OutputDirectory, "bars.onnx");
        File.WriteAllText(earlier, "of an earlier run");
        var progress = new RecordedProgress();

        var exception = Assert.Throws<BudgetException>(() => CompressionRun.Execute(request, progress, default));

        Assert.Equal(BudgetException.NotMet, exception.Code);
        Assert.Equal(kind, Assert.Single(exception.Check!.Results).Limit.Budget.Kind);
        Assert.Equal("of an earlier run", File.ReadAllText(earlier));
        Assert.DoesNotContain("distill", progress.Stages);
        var nearest = Path.Combine(request.OutputDirectory, CompressionRun.NearestFolder);
        var report = CompressionReport.FromJson(File.ReadAllText(Path.Combine(nearest, "report.json")));
        Assert.False(report.BudgetsMet);
        Assert.Equal(report.Lowest!.Value.Macs, report.After.Macs);
        Assert.Equal(report.After.SizeBytes, new FileInfo(Path.Combine(nearest, "bars.onnx")).Length);
        Assert.Contains("BUDGET MISSED", File.ReadAllText(Path.Combine(nearest, "report.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_run_that_keeps_its_budget_removes_the_nearest_candidate_of_the_one_before()
    {
        var missed = learned.RequestWithoutData(Budget.Parse(BudgetKind.MaxMacs, "1%"));
        Assert.Throws<BudgetException>(() => CompressionRun.Execute(missed, null, default));

        CompressionRun.Execute(missed with { Budgets = [HalfTheMacs] }, null, default);

        Assert.False(Directory.Exists(Path.Combine(missed.OutputDirectory, CompressionRun.NearestFolder)));
    }

    [Theory]
    [InlineData("60%")]
    [InlineData("50%")]
    [InlineData("41%")]
    public void A_size_budget_holds_for_the_file_with_its_metadata(string size)
    {
        var request = learned.RequestWithoutData(Budget.Parse(BudgetKind.MaxSize, size));

        var report = CompressionRun.Execute(request, null, default);

        var limit = report.Budgets.Single().Limit;
        Assert.InRange(new FileInfo(Path.Combine(request.OutputDirectory, "bars.onnx")).Length, 0.9 * limit, limit);
    }

    [Fact]
    public void Data_without_labels_is_distilled_from()
    {
        var unlabelled = learned.At("unlabelled.npz");
        LearnedModel.WriteBars(unlabelled, samples: 128, seed: 4, labelled: false);
        var progress = new RecordedProgress();

        var report = CompressionRun.Execute(learned.Request(HalfTheMacs) with { TrainingData = unlabelled, Recipe = null, TimeLimit = TimeSpan.FromMilliseconds(1) }, progress, default);

        Assert.Contains("distill", progress.Stages);
        Assert.True(report.BudgetsMet);
        Assert.Single(report.Stages.Single(stage => stage.Stage == "distill").History!); // the time limit ends it after an epoch
    }

    [Fact]
    public void An_output_folder_that_cannot_be_made_is_an_error_and_leaves_nothing()
    {
        var request = learned.RequestWithoutData(HalfTheMacs);
        var blocked = request with { OutputDirectory = Path.Combine(learned.Recipe, "out") };

        var exception = Assert.Throws<ModelException>(() => CompressionRun.Execute(blocked, null, default));

        Assert.Equal(ModelException.NotWritten, exception.Code);
        CompressionRun.Execute(request, null, default);
        Assert.Equal(3, Directory.EnumerateFiles(request.OutputDirectory).Count());
    }

    [Fact]
    public async Task Of_two_runs_for_the_same_result_one_works_and_the_other_waits_for_it()
    {
        var request = learned.RequestWithoutData(HalfTheMacs);
        RecordedProgress[] progress = [new(), new()];

        await Task.WhenAll(progress.Select(one => Task.Run(() => CompressionRun.Execute(request, one, default))));

        Assert.Single(progress, one => one.Stages.Contains("cache"));
        Assert.Single(progress, one => one.Stages.Contains("prune"));
    }

    [Fact]
    public void A_missed_latency_budget_is_measured_three_times_and_every_ratio_reported()
    {
        var request = learned.RequestWithoutData(Budget.Parse(BudgetKind.MaxLatency, "1%"));

        Assert.Throws<BudgetException>(() => CompressionRun.Execute(request, null, default));

        var ratios = CompressionReport.FromJson(File.ReadAllText(Path.Combine(request.OutputDirectory, CompressionRun.NearestFolder, "report.json"))).Ratios;
        Assert.Equal(3, ratios.LatencyRounds!.Count);
        Assert.Equal(ratios.LatencyRounds.Order().ElementAt(1), ratios.Latency);
    }

    static double Accuracy(string model, string data)
    {
        using var samples = DataSets.Open(data);
        return RuntimeEvaluation.Measure(model, samples).Value;
    }

    static byte[] ModelBytes(CompressionRequest request) => File.ReadAllBytes(Path.Combine(request.OutputDirectory, "bars.onnx"));
}
