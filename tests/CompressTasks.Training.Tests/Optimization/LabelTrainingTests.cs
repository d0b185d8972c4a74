using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

/// <summary>Trainings of labels other than one class per sample, from data to a metric.</summary>
public class LabelTrainingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_labels_are_learnt(bool endsInSigmoid)
    {
        random.manual_seed(2);
        var inputs = randn(256, 4);
        using var data = DataSets.FromTensors("signs", inputs, inputs.narrow(1, 0, 3).gt(0).to(ScalarType.Int64));
        using var linear = nn.Linear(4, 3);
        using var network = endsInSigmoid ? nn.Sequential(linear, nn.Sigmoid()) : nn.Sequential(linear);
        var recipe = new TrainingRecipe { Epochs = 40, BatchSize = 32, LearningRate = 0.5, WeightDecay = 0 };
        var result = new Trainer(network, recipe) { Outputs = endsInSigmoid ? OutputKind.IndependentProbabilities : OutputKind.Values }.Train(data, data);
        Assert.Equal(Metric.F1, result.ValidationMetric);
        Assert.InRange(result.BestValidation!.Value, 0.97, 1);
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(1, LossKind.CrossEntropyAndDice)]
    [InlineData(2, LossKind.Dice)]
    public void Classes_of_pixels_are_learnt_while_images_and_masks_move(int outputs, LossKind? loss)
    {
        using var data = BrightPixels(64, seed: 2);
        using var validation = BrightPixels(16, seed: 3);
        random.manual_seed(1);
        using var network = nn.Sequential(nn.Conv2d(1, outputs, 1));
        var recipe = new TrainingRecipe
        {
            Epochs = 30,
            BatchSize = 16,
            LearningRate = 1,
            WeightDecay = 0,
            Loss = loss,
            Augmentation = new(Flip: true, Shift: 2, Rotation: 10, Cutmix: 1),
        };
        var result = new Trainer(network, recipe).Train(data, validation);
        Assert.Equal(Metric.MeanIntersectionOverUnion, result.ValidationMetric);
        Assert.InRange(result.BestValidation!.Value, 0.9, 1);
    }

    [Fact]
    public void A_student_learns_the_classes_of_pixels_from_a_teacher_without_labels()
    {
        using var images = BrightPixels(64, seed: 2);
        using var batch = images.Read([.. Enumerable.Range(0, 64)]);
        using var unlabelled = DataSets.FromTensors("unlabelled", batch.Inputs);
        // The teacher's two outputs say whether a pixel is above 0.5.
        Tensor Teacher(Tensor inputs) => cat([zeros_like(inputs), inputs.sub(0.5).mul(20)], 1);
        random.manual_seed(1);
        using var network = nn.Sequential(nn.Conv2d(1, 2, 1));
        var distillation = new Distillation(new() { Temperature = 1 }, inputs => OutputReading.Distributions(Teacher(inputs), OutputKind.Values, unlabelled));
        new Trainer(network, new() { Epochs = 30, BatchSize = 16, LearningRate = 1, WeightDecay = 0 }) { Distillation = distillation }.Train(unlabelled, unlabelled);
        Assert.InRange(Evaluation.Measure(network, images).Value, 0.9, 1);
    }

    [Fact]
    public void Labels_that_cannot_move_with_their_images_are_refused()
    {
        using var network = nn.Sequential(nn.Conv2d(1, 2, 1));
        using var small = DataSets.FromTensors("small masks", zeros(4, 1, 8, 8), zeros([4, 4, 4], ScalarType.Int64));
        var error = Assert.Throws<TrainingException>(() => new Trainer(network, new() { Augmentation = new(Flip: true) }).Train(small));
        Assert.Equal("CMP0120", error.Code);
        Assert.Contains("masks of another size", error.Message, StringComparison.Ordinal);
        using var dense = DataSets.FromTensors("dense targets", zeros(4, 1, 8, 8), zeros(4, 8, 8));
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new Trainer(network, new() { Augmentation = new(Shift: 1) }).Train(dense)).Code);
    }

    /// <summary>Noise in which pixels above one half are of class 1.</summary>
    static DataSet BrightPixels(int count, int seed)
    {
        random.manual_seed(seed);
        var images = rand(count, 1, 8, 8);
        return DataSets.FromTensors("pixels", images, images.gt(0.5).squeeze(1).to(ScalarType.Int64));
    }
}
