using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

public class LabelLossTests
{
    static Tensor None => zeros(2, 1);

    [Fact]
    public void Binary_cross_entropy_is_that_of_every_label()
    {
        using var data = DataSets.FromTensors("made", None, tensor(new[,] { { 1, 0 }, { 0, 0 } }));
        using var logits = tensor(new[,] { { 2f, -1f }, { 0.5f, 0f } });
        double[] each = [Softplus(-2), Softplus(-1), Softplus(0.5), Softplus(0)];
        AssertLoss(data, logits, null, (each[0] + each[1]) / 2, (each[2] + each[3]) / 2);
        // A label of 1 is worth 0.9 with a smoothing of 0.2, and 0 is worth 0.1: each logit z adds 0.1 * z times the sign that the label has.
        AssertLoss(data, logits, new() { LabelSmoothing = 0.2 }, (each[0] + 0.2 + each[1] + 0.1) / 2, (each[2] - 0.05 + each[3]) / 2);

        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
    }

    [Theory]
    [InlineData(OutputKind.Probabilities)]
    [InlineData(OutputKind.IndependentProbabilities)]
    public void Labels_are_compared_with_probabilities_as_they_are(OutputKind kind)
    {
        using var data = DataSets.FromTensors("made", None, tensor(new[,] { { 1, 0 }, { 0, 1 } }));
        using var probabilities = tensor(new[,] { { 0.8f, 0.2f }, { 0.6f, 0.4f } });
        AssertLoss(data, probabilities, null, -Math.Log(0.8), -Math.Log(0.4), kind);
    }

    [Fact]
    public void Classes_can_be_asked_for_one_by_one()
    {
        using var data = DataSets.FromTensors("made", None, tensor(new long[] { 0, 1 }));
        using var logits = tensor(new[,] { { 0f, 0f }, { 0f, 0f } });
        AssertLoss(data, logits, new() { Loss = LossKind.BinaryCrossEntropy }, Math.Log(2), Math.Log(2));
        using var probabilities = tensor(new[,] { { 0.8f, 0.3f }, { 0.8f, 0.3f } });
        AssertLoss(data, probabilities, new() { Loss = LossKind.BinaryCrossEntropy }, -Math.Log(0.8 * 0.7) / 2, -Math.Log(0.2 * 0.3) / 2, OutputKind.Probabilities);
    }

    [Fact]
    public void Mixed_samples_have_the_loss_of_mixed_labels()
    {
        using var data = DataSets.FromTensors("made", None, tensor(new[,] { { 1, 0 }, { 0, 0 } }));
        using var logits = randn(2, 2);
        using var labels = data.Read([0, 1]).Labels!;
        var mixture = new LabelMixture([1, 0], 0.3);
        using var mixed = labels.mul(0.3).add(labels.flip(0).mul(0.7));
        using var expected = nn.functional.binary_cross_entropy_with_logits(logits, mixed);
        using var loss = new LabelLoss(data, OutputKind.Values).Mean(logits, labels, mixture);
        Assert.Equal(expected.item<float>(), loss.item<float>(), 5);
        using var one = DataSets.FromTensors("made", None, tensor(new long[] { 0, 1 }));
        using var classes = one.Read([0, 1]).Labels!;
        using var each = new LabelLoss(one, OutputKind.Values, new() { Loss = LossKind.BinaryCrossEntropy }).Mean(logits, classes, mixture);
        using var soft = nn.functional.binary_cross_entropy_with_logits(logits, tensor(new[,] { { 0.3f, 0.7f }, { 0.7f, 0.3f } }));
        Assert.Equal(soft.item<float>(), each.item<float>(), 5);
    }

    [Theory]
    [InlineData(LossKind.MeanSquaredError, (0.25 + 9) / 2, (0 + 1) / 2.0)]
    [InlineData(LossKind.MeanAbsoluteError, (0.5 + 3) / 2, (0 + 1) / 2.0)]
    // Below a delta of 2 half the square, above 2 * (|d| - 1).
    [InlineData(LossKind.Huber, (0.125 + 4) / 2, (0 + 0.5) / 2)]
    public void Targets_are_compared_by_their_differences(LossKind kind, double first, double second)
    {
        using var data = DataSets.FromTensors("made", None, tensor(new[,] { { 1f, 2f }, { 3f, 4f } }));
        using var outputs = tensor(new[,] { { 1.5f, -1f }, { 3f, 5f } });
        AssertLoss(data, outputs, new() { Loss = kind, HuberDelta = kind == LossKind.Huber ? 2 : 1 }, first, second);
    }

    [Fact]
    public void The_cross_entropy_of_pixels_is_the_mean_over_them()
    {
        using var data = Masks([[0, 1], [1, 1]]);
        using var logits = tensor(new float[] { 0, 0, 0, MathF.Log(3), 0, 0, 0, MathF.Log(3) }).reshape(2, 2, 1, 2);
        // Both samples have equal logits at pixel 0, and class 1 is three times as likely as class 0 at pixel 1.
        AssertLoss(data, logits, null, (Math.Log(2) - Math.Log(0.75)) / 2, (Math.Log(2) - Math.Log(0.75)) / 2);
    }

    [Fact]
    public void One_output_per_pixel_tells_two_classes_apart()
    {
        using var data = Masks([[0, 1], [1, 1]]);
        using var logits = tensor(new[] { 1f, 2f, -3f, 0f }).reshape(2, 1, 1, 2);
        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
        AssertLoss(data, logits, null, (Softplus(1) + Softplus(-2)) / 2, (Softplus(3) + Softplus(0)) / 2);
        using var probabilities = logits.sigmoid();
        AssertLoss(data, probabilities, null, (Softplus(1) + Softplus(-2)) / 2, (Softplus(3) + Softplus(0)) / 2, OutputKind.IndependentProbabilities);
    }

    [Fact]
    public void Dice_is_the_overlap_of_each_class()
    {
        using var data = Masks([[0, 1], [1, 1]]);
        using var probabilities = tensor(new[] { 0.9f, 0.4f, 0.1f, 0.6f, 0.5f, 0.5f, 0.5f, 0.5f }).reshape(2, 2, 1, 2);
        // Sample 0: class 0 has p = 0.9, 0.4 and g = 1, 0; class 1 the rest. Sample 1: nothing is of class 0.
        var first = 1 - (((((2 * 0.9) + 1) / (1.3 + 1 + 1)) + (((2 * 0.6) + 1) / (0.7 + 1 + 1))) / 2);
        var second = 1 - ((((0 + 1) / (1.0 + 0 + 1)) + (((2 * 1.0) + 1) / (1 + 2 + 1))) / 2);
        AssertLoss(data, probabilities, new() { Loss = LossKind.Dice }, first, second, OutputKind.Probabilities);
        AssertLoss(
            data,
            probabilities,
            new() { Loss = LossKind.CrossEntropyAndDice },
            first - (Math.Log(0.9 * 0.6) / 2),
            second + Math.Log(2),
            OutputKind.Probabilities);
    }

    [Fact]
    public void Pixels_from_outside_of_the_image_count_for_nothing()
    {
        using var logits = randn(2, 3, 4, 4);
        using var classes = randint(0, 3, [2, 4, 4], ScalarType.Int64);
        classes[TensorIndex.Colon, TensorIndex.Slice(2)] = tensor(Training.Losses.IgnoredClass);
        var (inside, labels) = (logits.narrow(2, 0, 2), classes.narrow(1, 0, 2));
        Assert.Equal(Training.Losses.Dice(inside, labels).item<float>(), Training.Losses.Dice(logits, classes).item<float>(), 5);
        Assert.Equal(Training.Losses.CrossEntropy(inside, labels).item<float>(), Training.Losses.CrossEntropy(logits, classes).item<float>(), 5);
    }

    [Fact]
    public void The_gradient_of_dice_is_its_slope()
    {
        random.manual_seed(5);
        using var logits = randn([2, 3, 2, 2], ScalarType.Float64).requires_grad_();
        using var classes = randint(0, 3, [2, 2, 2], ScalarType.Int64);
        classes[0, 0, 0] = tensor(Training.Losses.IgnoredClass);
        Training.Losses.Dice(logits, classes).backward();
        using var noGradient = no_grad();
        var gradient = logits.grad!.data<double>().ToArray();
        for (var i = 0; i < gradient.Length; i++)
        {
            const double step = 1e-5;
            double At(double by)
            {
                using var moved = logits.detach().clone();
                moved.view(-1)[i].add_(by);
                return Training.Losses.Dice(moved, classes).item<double>();
            }

            Assert.Equal((At(step) - At(-step)) / (2 * step), gradient[i], 7);
        }
    }

    [Fact]
    public void Losses_of_other_labels_are_refused_by_name()
    {
        using var classes = DataSets.FromTensors("made", None, tensor(new long[] { 0, 1 }));
        using var targets = DataSets.FromTensors("made", None, tensor(new[] { 0f, 1f }));
        using var masks = Masks([[0, 1], [1, 1]]);
        (DataSet, TrainingRecipe)[] wrong =
        [
            (classes, new() { Loss = LossKind.Dice }), (classes, new() { Loss = LossKind.Huber }), (targets, new() { Loss = LossKind.CrossEntropy }),
            (masks, new() { Loss = LossKind.BinaryCrossEntropy }), (targets, new() { LabelSmoothing = 0.1 }), (masks, new() { Loss = LossKind.Dice, LabelSmoothing = 0.1 }),
        ];
        Assert.All(wrong, pair => Assert.Equal("CMP0120", Assert.Throws<TrainingException>(() => new LabelLoss(pair.Item1, OutputKind.Values, pair.Item2)).Code));
        Assert.Contains("binary-cross-entropy", Assert.Throws<TrainingException>(() => new LabelLoss(classes, OutputKind.Values, new() { Loss = LossKind.Dice })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Distributions_of_teachers_are_per_sample_label_or_pixel()
    {
        using var labels = DataSets.FromTensors("made", None, tensor(new[,] { { 1, 0, 1 }, { 0, 0, 1 } }));
        using var outputs = randn(2, 3);
        using var each = OutputReading.Distributions(outputs, OutputKind.Values, labels);
        Assert.True(nn.functional.softmax(each, 1).narrow(1, 1, 1).squeeze(1).allclose(outputs.sigmoid()));
        using var masks = Masks([[0, 1], [1, 1]]);
        using var pixels = randn(2, 1, 1, 2);
        using var perPixel = OutputReading.Distributions(pixels, OutputKind.Values, masks);
        Assert.True(nn.functional.softmax(perPixel, 1).narrow(1, 1, 1).allclose(pixels.sigmoid()));
        Assert.Equal("CMP0404", Assert.Throws<TrainingException>(() => OutputReading.Shaped(zeros(2, 2, 2, 2), masks)).Code);
        // The divergence is the mean over the distributions, however many a sample has.
        using var teacher = nn.functional.softmax(randn(2, 3, 4), 1);
        using var student = randn(2, 3, 4);
        using var flat = DistillationLoss.SoftTargets(student.transpose(1, 2).reshape(8, 3), teacher.transpose(1, 2).reshape(8, 3), 2);
        Assert.Equal(flat.item<float>(), DistillationLoss.SoftTargets(student, teacher, 2).item<float>(), 5);
    }

    /// <summary>Two masks of one row.</summary>
    static DataSet Masks(long[][] rows) => DataSets.FromTensors("masks", None, tensor(rows.SelectMany(row => row).ToArray()).reshape(2, 1, 2));

    static void AssertLoss(DataSet data, Tensor outputs, TrainingRecipe? recipe, double first, double second, OutputKind kind = OutputKind.Values)
    {
        using var scope = NewDisposeScope();
        var loss = new LabelLoss(data, kind, recipe);
        var labels = data.Read([0, 1]).Labels!;
        var each = loss.EachSample(outputs, labels).data<float>().ToArray();
        Assert.Equal(first, each[0], 5);
        Assert.Equal(second, each[1], 5);
        Assert.Equal((first + second) / 2, loss.Mean(outputs, labels).item<float>(), 5);
    }
}
