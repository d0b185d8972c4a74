using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pipeline.Tests.Stages;

/// <summary>Criteria, distributions, granularities and schedules in one recipe.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class CombinationTests(LearnedModel learned)
{
    static readonly Budget HalfTheMacs = Budget.Parse(BudgetKind.MaxMacs, "50%");

    public static TheoryData<string> Stages =>
    [
        """ "criterion": "l1", "distribution": "erk" """,
        """ "criterion": "batch-norm-scale", "groupNormalization": "max" """,
        """ "criterion": "geometric-median", "distribution": "lamp", "roundTo": 4 """,
        """ "criterion": "lamp", "mostPerGroup": 0.8 """,
        """ "criterion": "gradient-times-weight", "distribution": "uniform" """,
        """ "criterion": "movement", "recovery": { "epochs": 1, "learningRate": 0.01 } """,
        """ "criterion": "taylor", "distribution": "sensitivity", "samples": 64 """,
        """ "criterion": "l2", "distribution": "budget", "costUnit": "bytes", "schedule": "cubic", "steps": 3 """,
        """ "criterion": "l2", "distribution": "budget", "costUnit": "milliseconds", "roundTo": 4 """,
        """ "criterion": "taylor", "sparseLearning": { "epochs": 1, "strength": 1 }, "schedule": "linear", "steps": 2 """,
    ];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Every_combination_keeps_its_budget_and_gives_the_same_bytes_again(string stage)
    {
        var (first, again) = (Request(Stage(stage), HalfTheMacs), Request(Stage(stage), HalfTheMacs));

        var report = CompressionRun.Execute(first, null, default);

        // A layer of 16 channels in multiples of 4 has no width just under the limit.
        var least = stage.Contains("roundTo", StringComparison.Ordinal) ? 0.2 : 0.4;
        Assert.True(report.Ratios.Macs > least && report.Ratios.Macs <= 0.5, string.Join(", ", report.Layers.Select(layer => $"{layer.Before} to {layer.After}")));
        Assert.Equal(stage.Contains("\"samples\": 64", StringComparison.Ordinal) ? 64 : 384, report.Stages[0].Samples);
        if (stage.Contains("milliseconds", StringComparison.Ordinal)) return; // timings are not the same twice
        CompressionRun.Execute(again, null, default);
        Assert.Equal(Bytes(first), Bytes(again));
    }

    [Fact]
    public void Sparsity_is_the_share_of_the_MACs_that_goes()
    {
        var report = CompressionRun.Execute(Request(Stage(""" "sparsity": 0.3 """)), null, default);
        Assert.InRange(report.Ratios.Macs, 0.65, 0.7);
    }

    [Fact]
    public void Blocks_and_then_channels_go_in_one_recipe_and_the_table_has_both()
    {
        var model = learned.At("residual.onnx");
        var b = new ModelBuilder(seed: 2);
        var x = b.Relu(b.Conv(b.Input("image", "N", 1, 8, 8), 12, 3, padding: 1, name: "stem"));
        for (var i = 0; i < 3; i++) x = b.Relu(b.Add(x, b.BatchNormalization(b.Conv(b.Relu(b.Conv(x, 10, 3, padding: 1, name: $"block{i}.a")), 12, 3, padding: 1, name: $"block{i}.b"))));
        b.Build(b.Gemm(b.Flatten(b.GlobalAveragePool(x)), 3, name: "classify")).Write(model);
        var request = Request(
            Stage(""" "granularity": "layer", "criterion": "output-correlation", "sparsity": 0.3 """) + "," + Stage(""" "criterion": "taylor", "sparsity": 0.3 """)) with
        { Model = model };

        var report = CompressionRun.Execute(request, null, default);

        Assert.InRange(report.Ratios.Macs, 0.3, 0.49);
        var layers = report.Layers.ToDictionary(layer => layer.Name);
        var gone = layers.Values.Where(layer => layer.GoneWith is not null).Select(layer => layer.Name).Order().ToArray();
        Assert.Equal(2, gone.Length);
        Assert.Equal(gone[0][..6], gone[1][..6]);
        Assert.Contains(layers.Values, layer => layer.After > 0 && layer.After < layer.Before);
        Assert.Equal(8, layers.Count);
        Assert.Contains("went with its block", File.ReadAllText(Path.Combine(request.OutputDirectory, "report.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head")]
    [InlineData("layer")]
    public void A_model_without_heads_or_blocks_says_so(string granularity)
    {
        var request = Request(Stage($$""" "granularity": "{{granularity}}" """), HalfTheMacs) with { TrainingData = null, ValidationData = null };
        Assert.Equal(PruningException.NothingToRemove, Assert.Throws<PruningException>(() => CompressionRun.Execute(request, null, default)).Code);
    }

    [Fact]
    public void Only_heads_go_where_heads_are_asked_for()
    {
        var model = learned.At("attention.onnx");
        var b = new ModelBuilder(seed: 2);
        var x = b.Input("tokens", "N", 8, 8);
        string Heads(string name) => b.Transpose(b.Reshape(b.MatMul(x, 24, name: name), 0, 0, 4, 6), 0, 2, 1, 3);
        var scores = b.Softmax(b.Node("MatMul", [Heads("query"), b.Transpose(Heads("key"), 0, 1, 3, 2)]));
        var mixed = b.Reshape(b.Transpose(b.Node("MatMul", [scores, Heads("value")]), 0, 2, 1, 3), 0, 0, 24);
        b.Build(b.Gemm(b.Relu(b.Gemm(b.Flatten(b.MatMul(mixed, 5, name: "project")), 7, name: "hidden")), 3)).Write(model);
        var request = new PruningRequest
        {
            Model = model,
            Output = learned.At("fewer-heads.onnx"),
            Budgets = [Budget.Parse(BudgetKind.MaxMacs, "60%")],
            Stage = new PruneStage { Granularity = new(Pruning.Granularities.Granularity.Head) },
            CacheDirectory = learned.At("cache"),
        };

        var report = PruningRun.Execute(request, null, default);

        Assert.Equal((12, 12, 12), (After("query"), After("key"), After("value")));
        Assert.Equal((5, 7), (After("project"), After("hidden")));
        int After(string name) => report.Layers.Single(layer => layer.Name == name).After;
    }

    [Fact]
    public void A_run_that_is_killed_while_it_recovers_between_cuts_goes_on_after_the_cut()
    {
        var stage = Stage(""" "criterion": "taylor", "schedule": "constant", "steps": 3, "recovery": { "epochs": 2, "batchSize": 32, "learningRate": 0.02 } """);
        var (whole, request) = (Request(stage, HalfTheMacs), Request(stage, HalfTheMacs));
        CompressionRun.Execute(whole, null, default);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress is { Stage: "recover 2" }) cancellation.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, cancels, cancellation.Token));

        var resumed = new RecordedProgress();
        CompressionRun.Execute(request, resumed, default);

        Assert.DoesNotContain("recover 1", resumed.Stages);
        Assert.Equal(Bytes(whole), Bytes(request));
    }

    /// <summary>Latency chose the cut, and after an interruption the same candidates measure differently.</summary>
    [Fact]
    public void Sparse_learning_that_was_stopped_goes_on_with_the_cut_that_it_prepared()
    {
        var stage = new PruneStage { SparseLearning = new() { Epochs = 3, Strength = 1 }, Recovery = new() { BatchSize = 32, LearningRate = 0.01 } };
        var model = OnnxModel.Read(learned.Model);
        Simplification.Apply(model);
        var shapes = new Dictionary<string, long[]> { ["image"] = [1, 1, 8, 8] };
        double Macs(OnnxModel of) => CostModel.Count(of, ShapeInference.Infer(of, shapes)).Macs;
        using var data = Training.DataSets.Open(learned.TrainingData);
        PruneOutcome Run(string folder, double speed, IProgress<ProgressEvent>? progress, CancellationToken cancellation) => new PruneStageRunner(stage, new PruneSetting
        {
            Shapes = shapes,
            Limits = new CostLimits(),
            Latency = new LatencyGoal(0.5, candidate => Macs(candidate) / Macs(model) / speed),
            Data = data,
            Training = (name, recipe) => new TrainStageRunner(name, recipe, default) { CheckpointPath = Path.Combine(folder, name + ".checkpoint"), Progress = progress },
            MeasurementFolder = folder,
            CheckpointPrefix = Path.Combine(folder, "stage-0"),
        }).Run(model, cancellation);
        var folders = new[] { "whole", "stopped" }.Select(name => Directory.CreateDirectory(learned.At($"{name}-{Guid.NewGuid():N}")).FullName).ToArray();
        var whole = Run(folders[0], 1, null, default);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress is { Stage: "sparse learning 1", Fraction: > 0.3 }) cancellation.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => Run(folders[1], 1, cancels, cancellation.Token));

        var resumed = Run(folders[1], 1.5, null, default);

        Assert.Equal(3, resumed.TrainedEpochs);
        Assert.Equal(whole.TrainedEpochs, resumed.TrainedEpochs);
        Assert.Equal(whole.After, resumed.After);
        Assert.Equal(whole.Model.Graph.Initializer, resumed.Model.Graph.Initializer);
    }

    [Fact]
    public void Limits_between_two_cuts_follow_the_schedule_from_the_first_cost_to_the_last()
    {
        var first = new Cost(1000, 400, 8000);
        var setting = new PruneSetting { Shapes = new Dictionary<string, long[]>(), Limits = new CostLimits(), MeasurementFolder = "" };
        CostLimits At(Pruning.Schedules.PruningSchedule schedule, int step) =>
            new PruneStageRunner(new PruneStage { Schedule = schedule, Steps = 4 }, setting).Intermediate(first, new CostLimits(Macs: 250, Parameters: 500), step);
        Assert.Equal([812, 625, 437], Steps(Pruning.Schedules.PruningSchedule.Constant));
        Assert.Equal([671, 437, 296], Steps(Pruning.Schedules.PruningSchedule.Linear)); // 250 + 750 (3/4)^2 ...
        Assert.Equal([566, 343, 261], Steps(Pruning.Schedules.PruningSchedule.Cubic));
        Assert.Equal([707, 500, 353], Steps(Pruning.Schedules.PruningSchedule.Exponential)); // 1000 · 0.25^(1/4) ...
        Assert.Equal((500L, null), (At(Pruning.Schedules.PruningSchedule.Cubic, 1).Parameters, At(Pruning.Schedules.PruningSchedule.Cubic, 1).Bytes)); // what is kept already stays
        long[] Steps(Pruning.Schedules.PruningSchedule schedule) => [.. Enumerable.Range(1, 3).Select(step => At(schedule, step).Macs!.Value)];
    }

    [Fact]
    public void Curves_of_sensitivity_are_measured_once_and_a_stopped_measurement_goes_on()
    {
        var stage = Stage(""" "criterion": "taylor", "distribution": "sensitivity", "samples": 64 """);
        var request = Request(stage, HalfTheMacs);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = progress => { if (progress is { Stage: "sensitivity", Fraction: < 0.6 }) cancellation.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, cancels, cancellation.Token));
        var file = Directory.EnumerateFiles(request.CacheDirectory, "sensitivity-*.json", SearchOption.AllDirectories).Single();
        var (points, written) = (Points(file), File.ReadAllText(file));
        Assert.InRange(points, 1, 7);

        CompressionRun.Execute(request, null, default);

        Assert.Equal(8, Points(file)); // two groups of four points
        Assert.StartsWith(written[..^1], File.ReadAllText(file), StringComparison.Ordinal);
        static int Points(string path) => System.Text.Json.JsonDocument.Parse(File.ReadAllText(path)).RootElement.EnumerateObject().Count();
    }

    [Theory]
    [InlineData(""" "sparseLearning": {} """, "sparseLearning")]
    [InlineData(""" "schedule": "cubic", "steps": 2, "recovery": { "epochs": 1 } """, "recovery")]
    public void Training_that_a_stage_asks_for_is_not_left_out_in_silence(string stage, string said)
    {
        var request = Request(Stage(stage), HalfTheMacs) with { TrainingData = null, ValidationData = null };
        var exception = Assert.Throws<RecipeException>(() => CompressionRun.Execute(request, null, default));
        Assert.Equal(RecipeException.Incomplete, exception.Code);
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Movement_without_training_says_what_it_needs()
    {
        var request = Request(Stage(""" "criterion": "movement" """), HalfTheMacs) with { TrainingData = null, ValidationData = null };
        Assert.Equal(PruningException.CriterionNeedsData, Assert.Throws<PruningException>(() => CompressionRun.Execute(request, null, default)).Code);
    }

    [Fact]
    public void The_small_dense_network_has_the_cost_of_the_compressed_one_and_was_trained_as_long()
    {
        var stages = Stage(""" "criterion": "taylor", "schedule": "exponential", "steps": 2, "recovery": { "epochs": 2, "batchSize": 64 } """)
            + """, { "stage": "train", "extraRounds": 0, "training": { "epochs": 3, "batchSize": 64, "learningRate": 0.02 } }""";
        var request = Request(stages, HalfTheMacs) with { TestData = learned.TestData };
        var without = Request(stages, HalfTheMacs) with { Recipe = learned.At("no-baseline.json") };
        File.WriteAllText(without.Recipe!, $$"""{ "baseline": false, "stages": [ {{stages}} ] }""");

        var report = CompressionRun.Execute(request, null, default);

        Assert.Equal(5, report.SmallDense!.Epochs);
        Assert.InRange(report.SmallDense.Macs, 0.9 * report.After.Macs, report.After.Macs);
        Assert.True(report.SmallDense.Validation!.Value > 0.6);
        Assert.NotNull(report.SmallDense.Test);
        Assert.Contains("| small dense |", File.ReadAllText(Path.Combine(request.OutputDirectory, "report.md")), StringComparison.Ordinal);
        Assert.Null(CompressionRun.Execute(without, null, default).SmallDense);
    }

    CompressionRequest Request(string stages, params Budget[] budgets)
    {
        var recipe = learned.At($"{Guid.NewGuid():N}.json");
        File.WriteAllText(recipe, $$"""{ "stages": [ {{stages}} ] }""");
        return learned.Request(budgets) with { Recipe = recipe };
    }

    static string Stage(string settings) => $$"""{ "stage": "prune", {{settings}} }""";

    static byte[] Bytes(CompressionRequest request) => File.ReadAllBytes(Path.Combine(request.OutputDirectory, Path.GetFileName(request.Model)));
}
