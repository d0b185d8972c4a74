using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline.Tests.Tuning;

[Collection(LearnedModelCollection.Name)]
public sealed class TuneRunTests(LearnedModel learned)
{
    const string TwoRates = """
        { "baseline": false, "stages": [
          { "stage": "prune", "samples": 64 },
          { "stage": "distill", "training": { "epochs": 2, "batchSize": 64, "learningRate": { "log": [0.005, 0.05], "default": 0.02 } }, "extraRounds": 0 } ] }
        """;

    [Fact]
    public void The_best_recipe_and_its_model_and_the_study_are_written()
    {
        var (request, ended) = (Request(TwoRates), new List<TrialReport>());
        var others = Directory.CreateDirectory(Path.Combine(request.OutputDirectory, ".finished"));
        var report = TuneRun.Execute(request, Settings(3), null, ended.Add, default);
        var tuning = report.Tuning!;
        Assert.Equal([0, 1, 2], ended.Select(trial => trial.Number));
        Assert.All(ended, trial => Assert.NotNull(trial.Seconds));
        Assert.All(tuning.Trials, trial => Assert.Equal(("complete", 2), (trial.State, trial.Epochs)));
        Assert.Equal(0.02, tuning.Trials[0].Values["learningRate"].GetDouble());
        Assert.Equal(tuning.Trials[0].Error, tuning.Default);
        Assert.Equal(tuning.Trials.Min(trial => trial.Error), tuning.BestError);
        Assert.Equal(1 - tuning.BestError!.Value, report.After.Validation!.Value, 9);
        Assert.True(report.BudgetsMet);
        Assert.Equal([others.Name], Directory.GetDirectories(request.OutputDirectory).Select(folder => Path.GetFileName(folder))); // what another process ends with is left alone

        string Text(string name) => File.ReadAllText(Path.Combine(request.OutputDirectory, name));
        var recipe = RecipeFile.Read(Path.Combine(request.OutputDirectory, TuneRun.BestRecipe));
        Assert.Equal(tuning.Trials[tuning.BestTrial!.Value].Values["learningRate"].GetDouble(), ((DistillStage)recipe.Stages[1]).Training.LearningRate);
        Assert.Equal(4, Text(TuneRun.TrialsCsv).TrimEnd().Split('\n').Length);
        Assert.Contains("3 complete", Text(TuneRun.StudyMarkdown), StringComparison.Ordinal);
        Assert.Equal(3, JsonDocument.Parse(Text(TuneRun.StudyJson)).RootElement.GetProperty("trials").GetArrayLength());
        Assert.Contains("## The choice of the recipe", Text("report.md"), StringComparison.Ordinal);
        Assert.Equal(report.After.Macs, CompressionReport.FromJson(Text("report.json")).After.Macs);

        // The best recipe alone makes the same model.
        var again = CompressionRun.Execute(request with { Recipe = Path.Combine(request.OutputDirectory, TuneRun.BestRecipe), OutputDirectory = learned.At("again"), CacheDirectory = learned.At("again-cache") }, null, default);
        Assert.Equal(report.After.Validation, again.After.Validation);
    }

    [Fact]
    public void A_stopped_search_goes_on_from_its_trials_checkpoint_and_more_trials_are_added()
    {
        var request = Request(TwoRates);
        using var cancellation = new CancellationTokenSource();
        var stop = new RecordedProgress
        {
            OnEvent = value =>
            {
                if (value.Stage == "trial 1" && value.Message.Contains("distill: epoch 1", StringComparison.Ordinal)) cancellation.Cancel();
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() => TuneRun.Execute(request, Settings(2), stop, null, cancellation.Token));

        var progress = new RecordedProgress();
        var report = TuneRun.Execute(request, Settings(2), progress, null, default);
        Assert.Equal(["complete", "complete"], report.Tuning!.Trials.Select(trial => trial.State));
        Assert.DoesNotContain("trial 0", progress.Stages);
        Assert.Contains(progress.Events, value => value.Stage == "trial 1" && value.Message.StartsWith("resume", StringComparison.Ordinal));
        Assert.DoesNotContain(progress.Events, value => value.Message.Contains("distill: epoch 1:", StringComparison.Ordinal));

        var more = TuneRun.Execute(request, Settings(3), null, null, default).Tuning!;
        Assert.Equal(report.Tuning.Trials.Select(trial => trial.Error), more.Trials.Take(2).Select(trial => trial.Error));
        Assert.Equal(3, more.Trials.Count);
    }

    [Fact]
    public void Trials_that_cannot_work_are_told_apart()
    {
        var text = """
            { "baseline": false, "stages": [
              { "stage": "prune", "samples": 64, "mostPerGroup": { "choice": [1, 0.01] } },
              { "stage": "train", "training": { "epochs": 1, "batchSize": 64, "schedule": { "choice": ["cosine", "one-cycle"], "default": "cosine" }, "warmupEpochs": 0.5, "learningRate": { "choice": [0.02, 1e30] } }, "extraRounds": 0 } ] }
            """;
        var report = TuneRun.Execute(Request(text), Settings(8) with { Sampler = SamplerKind.Grid, Stopping = StoppingKind.None }, null, null, default);
        var trials = report.Tuning!.Trials;
        Assert.Equal(8, trials.Count);
        foreach (var trial in trials)
        {
            var expected = trial.Values["schedule"].GetString() == "one-cycle" ? "failed"
                : trial.Values["mostPerGroup"].GetDouble() < 1 ? "over budget"
                : trial.Values["learningRate"].GetDouble() > 1 ? "diverged"
                : "complete";
            Assert.Equal(expected, trial.State);
            Assert.Equal(expected == "complete", trial.Note is null);
        }

        Assert.Equal(0, report.Tuning.BestTrial);
    }

    [Theory]
    [InlineData("\"frozen\": [\"nothing*\"]", TrainingException.Recipe)]
    [InlineData("\"schedule\": \"plateau\"", RecipeException.Incomplete)]
    public void What_no_trial_could_train_is_told_before_the_first_one(string wrong, string code)
    {
        var text = $$"""{ "baseline": false, "stages": [ { "stage": "prune", "samples": 64 }, { "stage": "train", "training": { "epochs": 1, "learningRate": { "choice": [0.02, 0.01] }, {{wrong}} } } ] }""";
        var request = Request(text) with { ValidationData = null };
        var progress = new RecordedProgress();

        Assert.Equal(code, Assert.ThrowsAny<CompressException>(() => TuneRun.Execute(request, Settings(2) with { Folds = 2 }, progress, null, default)).Code);
        Assert.Equal(code, Assert.ThrowsAny<CompressException>(() => CompressionRun.Execute(Request(text) with { Trials = 2, ValidationData = code == RecipeException.Incomplete ? null : request.TrainingData }, progress, default)).Code);
        Assert.Empty(progress.Events);
    }

    [Fact]
    public void A_trial_that_falls_behind_ends_after_that_epoch()
    {
        var text = TwoRates.Replace("""{ "log": [0.005, 0.05], "default": 0.02 }""", """{ "choice": [0.02, 1e-9] }""", StringComparison.Ordinal)
            .Replace("\"epochs\": 2", "\"epochs\": 3", StringComparison.Ordinal)
            .Replace("\"samples\": 64", "\"samples\": 64, \"compensation\": \"none\", \"criterion\": \"random\"", StringComparison.Ordinal);
        var report = TuneRun.Execute(Request(text, "8%"), Settings(2) with { Stopping = StoppingKind.Asha }, null, null, default);
        Assert.Equal([("complete", 3), ("stopped", 1)], report.Tuning!.Trials.Select(trial => (trial.State, trial.Epochs)));
        Assert.True(report.Tuning.Trials[1].Error > report.Tuning.Trials[0].Error);
    }

    [Fact]
    public void Folds_take_their_validation_data_from_the_training_data()
    {
        var request = Request(TwoRates) with { ValidationData = null };
        var report = TuneRun.Execute(request, Settings(2) with { Folds = 3, Stopping = StoppingKind.None }, null, null, default);
        Assert.All(report.Tuning!.Trials, trial => Assert.Equal(("complete", 2), (trial.State, trial.Epochs)));
        Assert.Null(report.After.Validation);
        Assert.Empty(Directory.GetDirectories(Path.Combine(request.CacheDirectory, "work")));
    }

    [Fact]
    public void More_folds_than_samples_are_told_at_once()
    {
        var request = Request(TwoRates) with { ValidationData = null };
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.StartsWith("CMP04", Assert.ThrowsAny<CompressException>(() => TuneRun.Execute(request, Settings(2) with { Folds = 200_000 }, null, null, default)).Code, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public void Widths_that_cannot_keep_the_budget_are_never_tried()
    {
        var text = """
            { "baseline": false, "stages": [
              { "stage": "prune", "samples": 64, "keepPerGroup": { "*": { "float": [0.1, 1], "default": 0.4 } } },
              { "stage": "train", "training": { "epochs": 1, "batchSize": 64, "learningRate": 0.02 }, "extraRounds": 0 } ] }
            """;
        var request = Request(text);
        var report = TuneRun.Execute(request, Settings(5) with { Sampler = SamplerKind.Random }, null, null, default);
        Assert.All(report.Tuning!.Trials, trial => Assert.Equal("complete", trial.State));
        Assert.True(report.Tuning.Trials.Select(trial => trial.Values.Single().Value.GetDouble()).Distinct().Count() == 5);
        var share = report.Tuning.Trials[report.Tuning.BestTrial!.Value].Values.Single().Value.GetDouble();
        Assert.All(report.Layers.Where(layer => layer.Operator == "Conv"), layer => Assert.Equal(Math.Round(share * layer.Before), layer.After));
    }

    [Fact]
    public void Two_at_a_time_make_every_trial_once()
    {
        var report = TuneRun.Execute(Request(TwoRates), Settings(4) with { Parallel = 2 }, null, null, default);
        Assert.Equal([0, 1, 2, 3], report.Tuning!.Trials.Select(trial => trial.Number));
        Assert.All(report.Tuning.Trials, trial => Assert.NotEqual("running", trial.State));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData(2, 2)]
    public void What_no_trial_did_is_trained_with_all_threads_to_the_same_numbers_each_time(int? folds, int ofStages)
    {
        CompressionReport Tuned()
        {
            var request = Request(TwoRates.Replace("\"baseline\": false", "\"baseline\": true", StringComparison.Ordinal)) with { Threads = null };
            return TuneRun.Execute(request, Settings(2) with { Sampler = SamplerKind.Random, Parallel = 2, AvailableThreads = 2, Folds = folds }, null, null, default);
        }

        var (first, second) = (Tuned(), Tuned());
        Assert.Equal((ofStages, 2), (first.Run.TrainingThreads, first.SmallDense!.Threads));
        Assert.Equal(first.SmallDense.Validation, second.SmallDense!.Validation);
        Assert.Equal(first.Tuning!.BestError, second.Tuning!.BestError);
        Assert.Equal(first.After.Validation, second.After.Validation);
    }

    [Fact]
    public void Without_labelled_validation_data_there_is_nothing_to_compare_by()
    {
        var error = Assert.Throws<RecipeException>(() => TuneRun.Execute(Request(TwoRates) with { ValidationData = null }, Settings(2), null, null, default));
        Assert.Equal("CMP0112", error.Code);
        error = Assert.Throws<RecipeException>(() => TuneRun.Execute(Request(TwoRates) with { TrainingData = null }, Settings(2), null, null, default));
        Assert.Equal("CMP0112", error.Code);
    }

    [Fact]
    public void An_accuracy_budget_needs_validation_data_before_any_fold_is_trained()
    {
        var request = Request(TwoRates) with { ValidationData = null, Budgets = [Budget.Parse(BudgetKind.MinAccuracy, "50%")] };
        var ended = 0;
        var error = Assert.Throws<BudgetException>(() => TuneRun.Execute(request, Settings(1) with { Folds = 2 }, null, _ => ended++, default));
        Assert.Equal((BudgetException.NotMeasurable, 0), (error.Code, ended));
    }

    [Fact]
    public void Widths_that_are_all_too_large_are_a_missed_budget()
    {
        var text = """
            { "baseline": false, "stages": [
              { "stage": "prune", "samples": 64, "keepPerGroup": { "*": { "float": [0.9, 1] } } },
              { "stage": "train", "training": { "epochs": 1, "batchSize": 64, "learningRate": 0.02 }, "extraRounds": 0 } ] }
            """;
        var error = Assert.Throws<BudgetException>(() => TuneRun.Execute(Request(text, "20%"), Settings(2) with { Sampler = SamplerKind.Random }, null, null, default));
        Assert.Equal((BudgetException.NotMet, true), (error.Code, error.IsOutOfReach));
    }

    [Fact]
    public void Where_every_trial_misses_a_budget_the_nearest_ones_work_is_used()
    {
        var text = TwoRates.Replace("\"samples\": 64", "\"samples\": 64, \"mostPerGroup\": 0.01", StringComparison.Ordinal);
        var progress = new RecordedProgress();
        var error = Assert.Throws<BudgetException>(() => TuneRun.Execute(Request(text), Settings(2), progress, null, default));
        Assert.Equal((BudgetException.NotMet, true), (error.Code, error.IsOutOfReach));
        Assert.Contains("resume", progress.Stages);
        Assert.DoesNotContain("prune", progress.Stages);
    }

    [Fact]
    public void Another_recipe_is_another_study_and_other_ranges_are_not()
    {
        var (request, settings) = (Request(TwoRates), Settings(1) with { Study = "mine" });
        var narrow = TuneRun.Execute(request, Settings(1), null, null, default).Tuning!.Study;
        TuneRun.Execute(request, settings, null, null, default);

        File.WriteAllText(request.Recipe!, TwoRates.Replace("0.05]", "0.06]", StringComparison.Ordinal));
        Assert.Equal(narrow, TuneRun.Execute(request, Settings(1), null, null, default).Tuning!.Study);
        Assert.Single(TuneRun.Execute(request, settings, null, null, default).Tuning!.Trials);

        File.WriteAllText(request.Recipe!, TwoRates.Replace("\"batchSize\": 64", "\"batchSize\": 48", StringComparison.Ordinal));
        Assert.NotEqual(narrow, TuneRun.Execute(request, Settings(1), null, null, default).Tuning!.Study);
        var error = Assert.ThrowsAny<CompressException>(() => TuneRun.Execute(request, settings, null, null, default));
        Assert.Equal("CMP0904", error.Code);
    }

    [Fact]
    public void A_student_is_not_cut_when_its_training_is_tuned()
    {
        var request = learned.Request(Budget.Parse(BudgetKind.MaxMacs, "100%")) with { Recipe = null, Student = learned.Model };
        using var subject = CompressionSubject.Open(request, Preprocessing.Default);
        var space = TunedRun.SpaceOf(null, subject);
        Assert.Equal(["learningRate", "weightDecay", "alpha", "temperature"], space.Space.Parameters.Select(parameter => parameter.Name));
        Assert.Equal(RecipeFile.Write(Recipe.OfStudent), RecipeFile.Write(space.Make(space.Space.Defaults()!)));
        var other = (DistillStage)space.Make(new Configuration(("learningRate", 0.3), ("weightDecay", 0.001), ("alpha", 0.5), ("temperature", 2))).Stages[1];
        Assert.Equal((0.3, 0.001, 0.5, 2), (other.Training.LearningRate, other.Training.WeightDecay, other.Distillation.Alpha, other.Distillation.Temperature));
    }

    [Fact]
    public void Another_kind_of_budget_is_another_study()
    {
        var request = Request(TwoRates);
        var settings = Settings(1) with { Study = "mine" };
        TuneRun.Execute(request, settings, null, null, default);
        var other = request with { Budgets = [Budget.Parse(BudgetKind.MaxMacs, "40%")] };
        var error = Assert.ThrowsAny<CompressException>(() => TuneRun.Execute(other, settings, null, null, default));
        Assert.Equal("CMP0904", error.Code);
    }

    [Fact]
    public void A_run_with_trials_uses_the_best_recipe_and_tells_the_search()
    {
        var request = Request(TwoRates) with { Trials = 2 };
        var progress = new RecordedProgress();
        var report = CompressionRun.Execute(request, progress, default);
        Assert.Equal(2, report.Tuning!.Trials.Count);
        Assert.Contains("tune", progress.Stages);
        Assert.Equal(1 - report.Tuning.BestError!.Value, report.After.Validation!.Value, 9);
        Assert.True(File.Exists(Path.Combine(request.OutputDirectory, Path.GetFileName(request.Model))));

        var again = new RecordedProgress();
        Assert.Equal(report.Tuning.BestError, CompressionRun.Execute(request, again, default).Tuning!.BestError);
        Assert.Equal(["cache"], again.Stages);
    }

    static TuningSettings Settings(int trials) => new() { Trials = trials, Sampler = SamplerKind.Tpe, Stopping = StoppingKind.None };

    CompressionRequest Request(string recipe, string macs = "50%")
    {
        var request = learned.Request(Budget.Parse(BudgetKind.MaxMacs, macs));
        Directory.CreateDirectory(request.CacheDirectory);
        var path = Path.Combine(request.CacheDirectory, "ranges.json");
        File.WriteAllText(path, recipe);
        return request with { Recipe = path };
    }
}
