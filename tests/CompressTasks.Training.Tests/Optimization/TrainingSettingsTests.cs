using CompressTasks.Onnx;
using TorchSharp;
using static CompressTasks.Training.Tests.Optimization.SmallNetworks;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

/// <summary>Accumulation, plateaus, frozen layers, precision, and what goes with which module.</summary>
public class TrainingSettingsTests
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 3, BatchSize = 16, LearningRate = 0.05 };

    [Theory]
    [InlineData(24, 8, 2)]
    [InlineData(23, 5, 3)]
    [InlineData(6, 4, 10)]
    public void Accumulated_batches_are_one_large_batch(int count, int batchSize, int accumulation)
    {
        using var data = Bars(count);
        byte[] Trained(TrainingRecipe recipe, out TrainingResult result, out float[] weights)
        {
            random.manual_seed(1);
            using var network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
            result = new Trainer(network, recipe).Train(data);
            weights = [.. network.parameters().SelectMany(weight => weight.detach().contiguous().data<float>().ToArray())];
            return Weights(network);
        }

        Trained(Recipe with { BatchSize = batchSize * accumulation, GradientClip = 1 }, out var large, out var expected);
        var first = Trained(Recipe with { BatchSize = batchSize, Accumulation = accumulation, GradientClip = 1 }, out var small, out var weights);
        Assert.All(expected.Zip(weights), pair => Assert.Equal(pair.First, pair.Second, 5));
        Assert.All(large.History.Zip(small.History), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 5));
        Assert.Equal(large.History.Select(epoch => epoch.LearningRate), small.History.Select(epoch => epoch.LearningRate));
        Assert.Equal(first, Trained(Recipe with { BatchSize = batchSize, Accumulation = accumulation, GradientClip = 1 }, out _, out _));
    }

    [Fact]
    public void Batches_of_one_step_are_augmented_differently()
    {
        // Two identical halves: the same changes would give the same loss in both orders.
        var images = rand(8, 1, 8, 8);
        using var data = DataSets.FromTensors("twice", cat([images, images]), arange(16, ScalarType.Int64).remainder(2));
        double Loss(int accumulation)
        {
            random.manual_seed(1);
            using var network = nn.Sequential(nn.Flatten(), nn.Linear(64, 2));
            return new Trainer(network, Recipe with { Epochs = 1, BatchSize = 16 / accumulation, Accumulation = accumulation, Augmentation = new(Shift: 3) }).Train(data).History[0].Loss;
        }

        Assert.NotEqual(Loss(1), Loss(2));
    }

    [Fact]
    public void A_plateau_lowers_the_rate_each_time_that_its_patience_runs_out()
    {
        var recipe = new TrainingRecipe { PlateauPatience = 2, PlateauFactor = 0.5 };
        double Factor(bool higherIsBetter, params double[] results) => LearningRates.PlateauFactor(recipe, results, higherIsBetter);
        Assert.Equal(1, Factor(true));
        Assert.Equal(1, Factor(true, 0.5, 0.6, 0.7));
        Assert.Equal(1, Factor(true, 0.5, 0.5));
        Assert.Equal(0.5, Factor(true, 0.5, 0.5, 0.4));
        Assert.Equal(0.5, Factor(true, 0.5, 0.5, 0.4, 0.4));
        Assert.Equal(0.25, Factor(true, 0.5, 0.5, 0.4, 0.4, double.NaN));
        Assert.Equal(0.5, Factor(true, 0.5, 0.5, 0.4, 0.6, 0.6));
        Assert.Equal(1, Factor(false, 0.5, 0.4, 0.3));
        Assert.Equal(0.5, Factor(false, double.NaN, 0.4, 0.5, 0.6));
    }

    [Fact]
    public void A_training_on_a_plateau_follows_its_own_results()
    {
        using var data = Bars(24);
        using var validation = Bars(48, seed: 4);
        using var network = Convolutional();
        var recipe = Recipe with { Epochs = 12, Schedule = LearningRateSchedule.Plateau, PlateauPatience = 1, PlateauFactor = 0.5 };
        var result = new Trainer(network, recipe).Train(data, validation);
        for (var epoch = 0; epoch < result.History.Count; epoch++)
        {
            var before = result.History.Take(epoch).Select(one => one.Validation!.Value);
            Assert.Equal(0.05 * LearningRates.PlateauFactor(recipe, before, higherIsBetter: true), result.History[epoch].LearningRate, 12);
        }

        Assert.True(result.History[^1].LearningRate < 0.05);
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new Trainer(network, recipe).Train(data)).Code);
    }

    [Fact]
    public void Frozen_layers_keep_every_bit_and_the_others_do_not()
    {
        using var data = Bars();
        using var network = WeightAveragingTests.Network();
        var stem = network.Model.Graph.Node.First(node => node.OpType == "Conv");
        var norm = network.Model.Graph.Node.First(node => node.OpType == "BatchNormalization");
        string[] kept = [stem.Input[1], norm.Input[1], norm.Input[2]];
        byte[] Bytes(Tensor tensor) => tensor.detach().contiguous().bytes.ToArray();
        var before = network.Weights.ToDictionary(weight => weight.Key, weight => Bytes(weight.Value));
        var statistics = network.Buffers.ToDictionary(buffer => buffer.Key, buffer => Bytes(buffer.Value));

        new Trainer(network, Recipe with { Frozen = [stem.Name, norm.Input[1], norm.Input[2][..^1] + "*"], WeightDecay = 0.1, Averaging = new() { Kind = AveragingKind.Exponential } }).Train(data);

        Assert.All(network.Weights, weight => Assert.Equal(kept.Contains(weight.Key), before[weight.Key].SequenceEqual(Bytes(weight.Value))));
        Assert.All(network.Buffers, buffer => Assert.Equal(norm.Input.Contains(buffer.Key), statistics[buffer.Key].SequenceEqual(Bytes(buffer.Value))));
        Assert.All(network.Weights.Values, weight => Assert.True(weight.requires_grad));
        // Nothing stays frozen for the next training.
        new Trainer(network, Recipe with { Epochs = 1 }).Train(data);
        Assert.DoesNotContain(network.Weights, weight => before[weight.Key].SequenceEqual(Bytes(weight.Value)));
    }

    [Fact]
    public void Frozen_names_have_to_be_there_and_leave_something()
    {
        using var data = Bars();
        using var network = WeightAveragingTests.Network();
        var unknown = Assert.Throws<TrainingException>(() => new Trainer(network, Recipe with { Frozen = ["encoder.*"] }).Train(data));
        Assert.Equal("CMP0120", unknown.Code);
        Assert.Contains("'encoder.*'", unknown.Message, StringComparison.Ordinal);
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new Trainer(network, Recipe with { Frozen = ["*"] }).Train(data)).Code);
        Assert.All(network.Weights.Values, weight => Assert.True(weight.requires_grad));
    }

    [Fact]
    public void Products_in_bfloat16_train_float32_weights_and_it_is_said()
    {
        using var data = Bars();
        using var validation = Bars(48, seed: 4);
        using var network = WeightAveragingTests.Network();
        var said = new List<string?>();
        var result = new Trainer(network, Recipe with { Epochs = 6, Precision = TrainingPrecision.BFloat16 }) { Progress = new Listener(progress => said.Add(progress.Message)) }.Train(data, validation);
        Assert.InRange(result.BestValidation!.Value, 0.9, 1);
        Assert.All(network.Weights.Values, weight => Assert.Equal(ScalarType.Float32, weight.dtype));
        Assert.Contains("bfloat16", said[0], StringComparison.Ordinal);
        Assert.Null(network.TrainingProducts);
    }

    [Fact]
    public void Gradients_of_bfloat16_products_are_those_of_float32_to_its_precision()
    {
        var models = new Models();
        var convolved = models.Node("Relu", [models.Node("Conv", [models.Input(-1, 1, 8, 8), models.Weight("kernel", 4, 1, 3, 3)])]);
        var scores = models.Node("Gemm", [models.Node("Flatten", [convolved]), models.Weight("weight", 144, 3), models.Weight("bias", 0f, 1f, 3)]);
        using var network = new GraphModule(models.Build(scores));
        random.manual_seed(1);
        using var images = rand(8, 1, 8, 8);
        using var labels = randint(0, 3, [8], ScalarType.Int64);
        Dictionary<string, Tensor> Gradients(ScalarType? products)
        {
            network.TrainingProducts = products;
            network.train();
            network.zero_grad();
            Training.Losses.CrossEntropy(network.forward(images), labels).backward();
            return network.Weights.ToDictionary(weight => weight.Key, weight => weight.Value.grad!.clone());
        }

        var exact = Gradients(null);
        var rounded = Gradients(ScalarType.BFloat16);
        Assert.All(exact, gradient =>
        {
            var difference = rounded[gradient.Key].sub(gradient.Value).norm().item<float>() / gradient.Value.norm().item<float>();
            Assert.InRange(difference, 0, 0.03);
        });
        Assert.Contains(exact, gradient => !gradient.Value.Equals(rounded[gradient.Key]));
    }

    [Fact]
    public void What_needs_a_graph_is_refused_for_other_modules()
    {
        using var data = Bars();
        using var network = Convolutional();
        TrainingRecipe[] wrong =
        [
            Recipe with { Frozen = ["a"] }, Recipe with { Precision = TrainingPrecision.BFloat16 }, Recipe with { Averaging = new() { Kind = AveragingKind.Stochastic } },
            Recipe with { Precision = TrainingPrecision.Float16 }, Recipe with { Accumulation = 0 }, Recipe with { PlateauFactor = 1 }, Recipe with { PlateauPatience = 0 },
            Recipe with { HuberDelta = 2 }, Recipe with { Loss = LossKind.Huber }, Recipe with { Frozen = [""] },
        ];
        Assert.All(wrong, recipe => Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new Trainer(network, recipe).Train(data)).Code));
    }

    sealed class Listener(Action<TrainingProgress> heard) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => heard(value);
    }
}
