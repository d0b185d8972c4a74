using System.Text.Json;
using CompressTasks.Training.Tests.Data;
using TorchSharp;
using static CompressTasks.Training.Tests.Optimization.SmallNetworks;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

public sealed class TrainerTests : IDisposable
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 4, BatchSize = 16, LearningRate = 0.1 };

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{ "epochs": 6, "batchSize": 16, "learningRate": 0.1 }""")]
    [InlineData("""{ "epochs": 6, "batchSize": 16, "learningRate": 0.1, "nesterov": true, "schedule": "one-cycle", "labelSmoothing": 0.1 }""")]
    [InlineData("""{ "epochs": 6, "batchSize": 16, "learningRate": 0.01, "optimizer": "adamw", "schedule": "step", "gradientClip": 1, "warmupEpochs": 0.5 }""")]
    [InlineData("""{ "epochs": 6, "batchSize": 16, "learningRate": 0.1, "momentum": 0, "schedule": "constant", "augmentation": { "flip": true, "cutout": 2 } }""")]
    public void A_recipe_in_json_trains_a_network_to_separate_the_classes(string json)
    {
        var recipe = JsonSerializer.Deserialize<TrainingRecipe>(json, JsonSerializerOptions.Web)!;
        using var network = Convolutional();
        using var training = Bars();
        using var validation = Bars(48, seed: 4);
        var before = Evaluation.Measure(network, validation);
        var result = new Trainer(network, recipe).Train(training, validation);
        var after = Evaluation.Measure(network, validation);
        Assert.InRange(before.Value, 0, 0.8);
        Assert.InRange(after.Value, 0.95, 1);
        Assert.Equal(after.Value, result.BestValidation);
        Assert.Equal(6, result.History.Count);
        Assert.True(result.History[^1].Loss < result.History[0].Loss);
        Assert.False(network.training);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_one_others()
    {
        using var data = Bars();
        byte[] Trained(int seed)
        {
            using var network = Convolutional();
            new Trainer(network, Recipe with { Seed = seed, Augmentation = new(Flip: true, Shift: 1) }).Train(data);
            return Weights(network);
        }

        var first = Trained(1);
        Assert.Equal(first, Trained(1));
        Assert.NotEqual(first, Trained(2));
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.AdamW)]
    public void A_run_that_is_stopped_at_any_step_goes_on_to_the_same_bytes(OptimizerKind optimizer)
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        var recipe = Recipe with { Optimizer = optimizer, LearningRate = 0.02, Augmentation = new(Shift: 1) };
        using var whole = Convolutional();
        var expected = new Trainer(whole, recipe).Train(data, validation);
        for (var stopAt = 1; stopAt < 24; stopAt += 5)
        {
            var checkpoint = Path.Combine(folder.Path, $"{stopAt}.checkpoint");
            using (var cancellation = new CancellationTokenSource())
            using (var stopped = new CountingModule(Convolutional(), stopAt, cancellation.Cancel))
            {
                Assert.ThrowsAny<OperationCanceledException>(() => new Trainer(stopped, recipe) { CheckpointPath = checkpoint }.Train(data, validation, cancellation.Token));
            }

            using var resumed = new CountingModule(Convolutional(), int.MaxValue, () => { });
            var result = new Trainer(resumed, recipe) { CheckpointPath = checkpoint }.Train(data, validation);
            Assert.Equal(Weights(whole), Weights(resumed));
            Assert.Equal(expected.BestEpoch, result.BestEpoch);
            Assert.Equal(expected.History.Select(epoch => (epoch.Loss, epoch.Validation)), result.History.Select(epoch => (epoch.Loss, epoch.Validation)));
            Assert.InRange(resumed.TrainingSteps, 1, 24 - stopAt);
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(18)]
    public void A_run_that_is_killed_goes_on_from_its_last_epoch_to_the_same_bytes(int killedAt)
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        using var whole = new CountingModule(Convolutional(), int.MaxValue, () => { });
        new Trainer(whole, Recipe).Train(data, validation);
        var checkpoint = Path.Combine(folder.Path, "killed.checkpoint");
        using var killed = new CountingModule(Convolutional(), killedAt, () => throw new IOException("killed"));
        Assert.Throws<IOException>(() => new Trainer(killed, Recipe) { CheckpointPath = checkpoint }.Train(data, validation));
        using var resumed = new CountingModule(Convolutional(), int.MaxValue, () => { });
        new Trainer(resumed, Recipe) { CheckpointPath = checkpoint }.Train(data, validation);
        Assert.Equal(Weights(whole), Weights(resumed));
        Assert.Equal(24 - ((killedAt - 1) / 6 * 6), resumed.TrainingSteps);
    }

    [Fact]
    public void A_finished_run_is_not_trained_again()
    {
        using var data = Bars();
        var checkpoint = Path.Combine(folder.Path, "done.checkpoint");
        using var first = Convolutional();
        new Trainer(first, Recipe) { CheckpointPath = checkpoint }.Train(data);
        using var same = Convolutional();
        var steps = 0;
        var result = new Trainer(same, Recipe) { CheckpointPath = checkpoint, Progress = new Listener(_ => steps++) }.Train(data);
        Assert.Equal(0, steps);
        Assert.Equal(Weights(first), Weights(same));
        Assert.Equal(4, result.History.Count);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused()
    {
        using var data = Bars();
        var checkpoint = Path.Combine(folder.Path, "run.checkpoint");
        using var network = Convolutional();
        new Trainer(network, Recipe with { Epochs = 1 }) { CheckpointPath = checkpoint }.Train(data);
        using var other = Convolutional();
        var error = Assert.Throws<TrainingException>(() => new Trainer(other, Recipe) { CheckpointPath = checkpoint }.Train(data));
        Assert.Equal(("CMP0502", checkpoint), (error.Code, error.File));
    }

    [Fact]
    public void A_run_that_diverges_once_goes_back_and_on_at_half_the_rate()
    {
        using var data = Bars();
        using var network = new CountingModule(Convolutional(), 9, () => { }) { SpoilsOutput = true };
        var messages = new List<TrainingProgress>();
        var result = new Trainer(network, Recipe) { Progress = new Listener(messages.Add) }.Train(data);
        Assert.True(result.WentBack);
        Assert.Equal(4, result.History.Count);
        Assert.All(result.History, epoch => Assert.True(double.IsFinite(epoch.Loss)));
        Assert.Equal(LearningRates.At(Recipe, 11, 6) / 2, result.History[1].LearningRate);
        Assert.Single(messages, message => message.Message?.Contains("going back", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_run_that_diverges_twice_ends_in_an_error_at_the_last_good_weights()
    {
        using var data = Bars();
        using var network = Convolutional();
        var before = Weights(network);
        var error = Assert.Throws<TrainingException>(() => new Trainer(network, Recipe with { LearningRate = 1e30 }).Train(data));
        Assert.Equal("CMP0501", error.Code);
        Assert.Equal(before, Weights(network));
    }

    [Fact]
    public void No_epoch_begins_after_the_time_limit()
    {
        using var data = Bars();
        using var network = Convolutional();
        var result = new Trainer(network, Recipe with { Epochs = 1000 }) { TimeLimit = TimeSpan.FromMilliseconds(50) }.Train(data);
        Assert.True(result.StoppedEarly);
        Assert.InRange(result.History.Count, 1, 999);
        Assert.InRange(result.History.SkipLast(1).Sum(epoch => epoch.Seconds), 0, 0.05);
        Assert.InRange(result.History.Sum(epoch => epoch.Seconds), 0.05, double.MaxValue);
    }

    [Fact]
    public void Early_stopping_ends_the_run_and_the_best_weights_stay()
    {
        using var data = Bars(24);
        using var validation = Bars(48, seed: 4);
        using var network = Convolutional();
        var result = new Trainer(network, Recipe with { Epochs = 200, EarlyStoppingPatience = 3 }).Train(data, validation);
        Assert.True(result.StoppedEarly);
        Assert.Equal(result.BestEpoch + 3, result.History.Count);
        Assert.Equal(result.BestValidation, Evaluation.Measure(network, validation).Value);
    }

    [Fact]
    public void A_regression_is_trained_by_its_targets()
    {
        random.manual_seed(2);
        var inputs = randn(128, 4);
        using var data = DataSets.FromTensors("line", inputs, inputs.mm(tensor(new[] { 1f, -2f, 3f, 0.5f }).reshape(4, 1)).reshape(128).add(0.7));
        using var network = nn.Sequential(nn.Linear(4, 1));
        var result = new Trainer(network, Recipe with { Epochs = 30, WeightDecay = 0 }).Train(data, data);
        Assert.Equal(Metric.MeanSquaredError, result.ValidationMetric);
        Assert.InRange(result.BestValidation!.Value, 0, 1e-6);
    }

    [Fact]
    public void Labels_and_recipes_are_checked_before_the_first_step()
    {
        using var network = Convolutional();
        using var unlabelled = Bars(labelled: false);
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => new Trainer(network, Recipe).Train(unlabelled)).Code);
        using var tooMany = DataSets.FromTensors("made", zeros(2, 1, 8, 8), tensor(new long[] { 0, 3 }));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => new Trainer(network, Recipe).Train(tooMany)).Code);
        using var data = Bars();
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new Trainer(network, Recipe with { EarlyStoppingPatience = 2 }).Train(data)).Code);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TrainingRecipe>("""{ "epoch": 6 }""", JsonSerializerOptions.Web));
        TrainingRecipe[] wrong =
        [
            Recipe with { LearningRate = 0 }, Recipe with { BatchSize = 0 }, Recipe with { Momentum = 1 }, Recipe with { WarmupEpochs = 5 },
            Recipe with { LabelSmoothing = -0.1 }, Recipe with { GradientClip = 0 }, Recipe with { Momentum = 0, Nesterov = true },
        ];
        Assert.All(wrong, recipe => Assert.Equal("CMP0120", Assert.Throws<TrainingException>(recipe.Validate).Code));
    }

    [Fact]
    public void Native_memory_does_not_grow_from_step_to_step()
    {
        using var data = Bars();
        using var network = Convolutional();
        var counts = new List<long>();
        // What earlier tests left to the finalizers must not hide a leak.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var recipe = Recipe with { Epochs = 6, Augmentation = new(true, 1, 2), GradientClip = 1 };
        new Trainer(network, recipe) { Progress = new Listener(progress => counts.Add(Tensor.TotalCount)) }.Train(data);
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Skip(1), count => Assert.True(count <= counts[1], $"{count} tensors, {counts[1]} before"));
    }

    sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value);
    }

    /// <summary>Calls something in its n-th training step, and may spoil that step's output.</summary>
    sealed class CountingModule : nn.Module<Tensor, Tensor>
    {
        readonly nn.Module<Tensor, Tensor> inner;
        readonly int at;
        readonly Action notify;

        public CountingModule(nn.Module<Tensor, Tensor> inner, int at, Action notify) : base("counting")
        {
            (this.inner, this.at, this.notify) = (inner, at, notify);
            register_module("inner", inner);
        }

        public int TrainingSteps { get; private set; }

        public bool SpoilsOutput { get; init; }

        public override Tensor forward(Tensor input)
        {
            var output = inner.call(input);
            if (!training || ++TrainingSteps != at) return output;
            notify();
            return SpoilsOutput ? output.mul(double.NaN) : output;
        }
    }
}
