using System.Text.Json;
using CompressTasks.Training.Tests.Data;
using TorchSharp;
using static CompressTasks.Training.Tests.Optimization.SmallNetworks;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

/// <summary>A run that was stopped ends with the same bytes as one that was not, whatever it keeps.</summary>
public sealed class ResumeTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{ "averaging": { "kind": "ema", "decay": 0.9 } }""")]
    [InlineData("""{ "averaging": { "kind": "swa", "startEpoch": 2 }, "optimizer": "adamw", "learningRate": 0.01 }""")]
    [InlineData("""{ "averaging": { "kind": "swa" }, "keepBest": false }""")]
    [InlineData("""{ "batchSize": 8, "accumulation": 3, "augmentation": { "shift": 1, "mixup": 0.3 } }""")]
    [InlineData("""{ "schedule": "plateau", "plateauPatience": 1, "plateauFactor": 0.3 }""")]
    [InlineData("""{ "frozen": ["*conv*1*", "*bn*1*"], "precision": "bfloat16", "averaging": { "kind": "ema" }, "batchSize": 12, "accumulation": 2, "schedule": "plateau", "plateauPatience": 1 }""")]
    public void A_run_that_is_stopped_at_any_step_goes_on_to_the_same_bytes(string json)
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        var recipe = JsonSerializer.Deserialize<TrainingRecipe>(json, JsonSerializerOptions.Web)! with { Epochs = 4 };
        recipe = recipe with { BatchSize = Math.Min(recipe.BatchSize, 24), Frozen = recipe.Frozen.Count == 0 ? [] : [FirstWeight()] };
        using var whole = WeightAveragingTests.Network();
        using var never = new StopAt(whole, long.MaxValue, null);
        var expected = new Trainer(whole, recipe) { Constraints = [never] }.Train(data, validation);
        for (var stopAt = 1; stopAt < 16; stopAt += 5)
        {
            var checkpoint = Path.Combine(folder.Path, $"{stopAt}.checkpoint");
            using (var cancellation = new CancellationTokenSource())
            {
                using var stopped = WeightAveragingTests.Network();
                using var stop = new StopAt(stopped, stopAt, cancellation);
                Assert.ThrowsAny<OperationCanceledException>(() =>
                    new Trainer(stopped, recipe) { CheckpointPath = checkpoint, Constraints = [stop] }.Train(data, validation, cancellation.Token));
            }

            using var resumed = WeightAveragingTests.Network();
            using var rest = new StopAt(resumed, long.MaxValue, null);
            var result = new Trainer(resumed, recipe) { CheckpointPath = checkpoint, Constraints = [rest] }.Train(data, validation);
            Assert.Equal(Weights(whole), Weights(resumed));
            Assert.Equal(expected.BestEpoch, result.BestEpoch);
            Assert.Equal(
                expected.History.Select(epoch => (epoch.Loss, epoch.Validation, epoch.LearningRate)),
                result.History.Select(epoch => (epoch.Loss, epoch.Validation, epoch.LearningRate)));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(AveragingKind.Exponential)]
    [InlineData(AveragingKind.Stochastic)]
    public void An_epoch_whose_validation_is_stopped_is_not_trained_again(AveragingKind? averaging)
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        var recipe = new TrainingRecipe { Epochs = 3, BatchSize = 24, Averaging = averaging is { } kind ? new() { Kind = kind, StartEpoch = kind == AveragingKind.Stochastic ? 1 : null } : null };
        using var whole = WeightAveragingTests.Network();
        using var never = new StopAt(whole, long.MaxValue, null);
        new Trainer(whole, recipe) { Constraints = [never] }.Train(data, validation);

        var checkpoint = Path.Combine(folder.Path, "run.checkpoint");
        using var cancellation = new CancellationTokenSource();
        using (var stopped = WeightAveragingTests.Network())
        {
            using var counted = new StopAt(stopped, long.MaxValue, null);
            using var stopping = new StoppingData(validation, counted, cancellation, afterSteps: 8);
            Assert.ThrowsAny<OperationCanceledException>(() =>
                new Trainer(stopped, recipe) { CheckpointPath = checkpoint, Constraints = [counted] }.Train(data, stopping, cancellation.Token));
            Assert.Equal(8, counted.Steps);
        }

        using var resumed = WeightAveragingTests.Network();
        using var rest = new StopAt(resumed, long.MaxValue, null);
        new Trainer(resumed, recipe) { CheckpointPath = checkpoint, Constraints = [rest] }.Train(data, validation);
        Assert.Equal(4, rest.Steps);
        Assert.Equal(Weights(whole), Weights(resumed));
    }

    [Fact]
    public void Native_memory_does_not_grow_with_averages_and_accumulation()
    {
        using var data = Bars();
        using var network = WeightAveragingTests.Network();
        var counts = new List<long>();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var recipe = new TrainingRecipe
        {
            Epochs = 6,
            BatchSize = 12,
            Accumulation = 2,
            Averaging = new() { Kind = AveragingKind.Stochastic, StartEpoch = 1 },
            Precision = TrainingPrecision.BFloat16,
            Augmentation = new(Flip: true, Shift: 1, Rotation: 5, Mixup: 0.2, Cutmix: 0.5),
        };
        new Trainer(network, recipe) { Progress = new Listener(progress => counts.Add(Tensor.TotalCount)) }.Train(data, data);
        Assert.All(counts.Skip(3), count => Assert.True(count <= counts[2], $"{count} tensors, {counts[2]} before"));
    }

    static string FirstWeight()
    {
        using var network = WeightAveragingTests.Network();
        return network.Weights.Keys.First();
    }

    /// <summary>Changes nothing, and cancels after a step.</summary>
    sealed class StopAt(GraphModule module, long step, CancellationTokenSource? cancellation) : TrainingConstraint
    {
        public int Steps { get; private set; }

        public override string Identity => "none";

        public override void AfterBackward(TrainingPosition position)
        {
            Assert.True(module.training);
            if (++Steps == step) cancellation!.Cancel();
        }
    }

    /// <summary>Cancels while it is read, once so many steps are done; its content is that of the other data.</summary>
    sealed class StoppingData(DataSet inner, StopAt steps, CancellationTokenSource cancellation, int afterSteps) : DataSetView(inner)
    {
        public override string ContentHash => Inner.ContentHash;

        protected override ReadOnlySpan<byte> Difference => [];

        public override Batch Read(ReadOnlySpan<int> indices)
        {
            if (steps.Steps == afterSteps) cancellation.Cancel();
            return Inner.Read(indices);
        }
    }

    sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value);
    }
}
