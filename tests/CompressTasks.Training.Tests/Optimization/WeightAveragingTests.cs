using CompressTasks.Onnx;
using CompressTasks.Training.Tests.Data;
using TorchSharp;
using static CompressTasks.Training.Tests.Optimization.SmallNetworks;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

public class WeightAveragingTests
{
    /// <summary>One weight w, whose loss is (w - 1)^2: each step takes 2 * rate * (w - 1) off it.</summary>
    static readonly TrainingRecipe Plain = new()
    {
        Epochs = 5,
        BatchSize = 2,
        LearningRate = 0.1,
        Momentum = 0,
        WeightDecay = 0,
        Schedule = LearningRateSchedule.Constant,
    };

    /// <summary>One step in each epoch, at so high a rate that the weight leaps over 1, farther each time: from 3 to -1.4, 3.9, -2.5 ...</summary>
    static readonly TrainingRecipe Leaping = Plain with { BatchSize = 4, LearningRate = 1.1 };

    [Theory]
    [InlineData(0.2)]
    [InlineData(null)]
    public void An_exponential_average_is_that_of_the_weights_after_each_update(double? decay)
    {
        using var data = DataSets.FromTensors("one", ones(4, 1), ones(4, 1));
        using var network = OneWeight();
        new Trainer(network, Plain with { Averaging = new() { Kind = AveragingKind.Exponential, Decay = decay } }).Train(data);

        double weight = 3, average = 3;
        for (var update = 0; update < 10; update++)
        {
            weight -= 0.2 * (weight - 1);
            var kept = Math.Min(decay ?? 0.999, (1.0 + update) / (10 + update));
            average = (kept * average) + ((1 - kept) * weight);
        }

        Assert.Equal(average, network.Weights["w"].item<float>(), 5);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(5, 1)]
    [InlineData(null, 2)] // three quarters of five epochs, rounded up
    public void A_stochastic_average_is_that_of_the_last_epochs(int? start, int averaged)
    {
        using var data = DataSets.FromTensors("one", ones(4, 1), ones(4, 1));
        using var network = OneWeight();
        new Trainer(network, Plain with { Averaging = new() { Kind = AveragingKind.Stochastic, StartEpoch = start } }).Train(data);

        var ends = Enumerable.Range(1, 5).Select(epoch => 1 + (2 * Math.Pow(0.8, 2 * epoch)));
        Assert.Equal(ends.TakeLast(averaged).Average(), network.Weights["w"].item<float>(), 5);
    }

    [Fact]
    public void Validation_and_the_best_epoch_are_about_the_average()
    {
        using var data = DataSets.FromTensors("one", ones(4, 1), ones(4, 1));
        using var network = OneWeight();
        // The average lags behind weights that come nearer with every step.
        var result = new Trainer(network, Plain with { Averaging = new() { Kind = AveragingKind.Exponential, Decay = 0.5 } }).Train(data, data);
        Assert.Equal(5, result.BestEpoch);
        Assert.Equal(Math.Pow(network.Weights["w"].item<float>() - 1, 2), result.BestValidation!.Value, 6);
        Assert.True(result.BestValidation > Math.Pow(2 * Math.Pow(0.8, 10), 2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plain_weights_are_not_the_best_once_there_is_an_average(bool isStopped)
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Path.Combine(folder.Path, "run.checkpoint");
        using var data = DataSets.FromTensors("one", ones(4, 1), ones(4, 1));
        using var validation = AfterTheFirstEpoch();
        using var network = OneWeight();
        var recipe = Leaping with { Averaging = new() { Kind = AveragingKind.Stochastic, StartEpoch = 4 } };
        if (isStopped)
        {
            using var cancellation = new CancellationTokenSource();
            using var other = OneWeight();
            using var stop = new Stopping(cancellation, steps: 4);
            Assert.ThrowsAny<OperationCanceledException>(() => new Trainer(other, recipe) { CheckpointPath = checkpoint, Constraints = [stop] }.Train(data, validation, cancellation.Token));
        }

        using var never = new Stopping(new(), long.MaxValue);
        var result = new Trainer(network, recipe) { CheckpointPath = checkpoint, Constraints = [never] }.Train(data, validation);

        double[] ends = [.. Enumerable.Range(1, 5).Select(epoch => 1 + (2 * Math.Pow(-1.2, epoch)))];
        Assert.Equal(5, result.BestEpoch);
        Assert.Equal((ends[3] + ends[4]) / 2, network.Weights["w"].item<float>(), 4);
        Assert.Equal(Math.Pow(network.Weights["w"].item<float>() - ends[0], 2), result.BestValidation!.Value, 4);
    }

    [Fact]
    public void Without_an_average_in_time_the_best_plain_weights_are_kept()
    {
        using var data = DataSets.FromTensors("one", ones(4, 1), ones(4, 1));
        using var network = OneWeight();
        using var validation = AfterTheFirstEpoch();
        var recipe = Leaping with { EarlyStoppingPatience = 2, Averaging = new() { Kind = AveragingKind.Stochastic, StartEpoch = 4 } };

        var result = new Trainer(network, recipe).Train(data, validation);

        Assert.Equal((1, true), (result.BestEpoch, result.StoppedEarly));
        Assert.Equal(1 - 2.4, network.Weights["w"].item<float>(), 4);
    }

    [Fact]
    public void Statistics_are_taken_anew_for_a_stochastic_average()
    {
        using var data = Bars();
        using var network = Network();
        // One batch of all samples: its statistics are those of the data, with the average's weights.
        new Trainer(network, new() { Epochs = 4, BatchSize = 96, LearningRate = 0.05, Averaging = new() { Kind = AveragingKind.Stochastic, StartEpoch = 2 } }).Train(data);
        using var again = Network();
        foreach (var (name, weight) in network.Weights)
        {
            using var noGradient = no_grad();
            again.Weights[name].copy_(weight);
        }

        NormalizationReestimation.Run(again, [data.Read([.. Enumerable.Range(0, 96)])]);
        Assert.All(network.Buffers, buffer => Assert.True(buffer.Value.allclose(again.Buffers[buffer.Key], 1e-3, 1e-5), buffer.Key));
    }

    [Fact]
    public void Zeros_that_a_constraint_holds_are_zeros_of_the_average()
    {
        using var data = DataSets.FromTensors("one", ones(4, 1), ones(4, 1));
        using var network = OneWeight();
        using var zeros = new Zeroing(network);
        new Trainer(network, Plain with { Averaging = new() { Kind = AveragingKind.Exponential } }) { Constraints = [zeros] }.Train(data);
        Assert.Equal(0, network.Weights["w"].item<float>());
    }

    [Theory]
    [InlineData("""{ "averaging": { "kind": "ema", "startEpoch": 2 } }""")]
    [InlineData("""{ "averaging": { "kind": "swa", "decay": 0.9 } }""")]
    [InlineData("""{ "averaging": { "kind": "swa", "startEpoch": 11 } }""")]
    [InlineData("""{ "averaging": { "kind": "ema", "decay": 1 } }""")]
    public void Averages_that_cannot_be_are_refused(string json)
    {
        var recipe = System.Text.Json.JsonSerializer.Deserialize<TrainingRecipe>(json, System.Text.Json.JsonSerializerOptions.Web)!;
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(recipe.Validate).Code);
    }

    internal static GraphModule Network()
    {
        var model = Networks.CifarResNet(depth: 8, classes: 3, channels: 1, size: 8, width: 4);
        Simplification.Apply(model);
        return new GraphModule(model);
    }

    /// <summary>Data that the weight at the end of the first epoch of <see cref="Leaping"/> answers without an error.</summary>
    static DataSet AfterTheFirstEpoch() => DataSets.FromTensors("leap", ones(4, 1), full(4, 1, -1.4f));

    static GraphModule OneWeight()
    {
        var models = new Models();
        var input = models.Input(-1, 1);
        var network = new GraphModule(models.Build(models.Node("MatMul", [input, models.Weight("w", 1, 1)])));
        using var noGradient = no_grad();
        network.Weights["w"].fill_(3);
        return network;
    }

    sealed class Stopping(CancellationTokenSource cancellation, long steps) : TrainingConstraint
    {
        public override string Identity => "none";

        public override void AfterUpdate(TrainingPosition position)
        {
            if (position.Steps == steps) cancellation.Cancel();
        }
    }

    sealed class Zeroing(GraphModule module) : TrainingConstraint
    {
        public override string Identity => "zeroing";

        // From the third update on.
        public override void AfterUpdate(TrainingPosition position)
        {
            if (position.Steps > 2) module.Weights["w"].zero_();
        }
    }
}
