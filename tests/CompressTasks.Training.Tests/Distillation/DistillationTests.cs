using CompressTasks.Training.Tests.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

public class DistillationTests
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 6, BatchSize = 16, LearningRate = 0.1 };

    [Fact]
    public void The_loss_is_the_divergence_at_the_temperature_times_its_square()
    {
        double[] student = [1, -2, 0.5], teacher = [2, 0, -1];
        const double temperature = 3;
        double[] Softmax(double[] logits) => [.. logits.Select(z => Math.Exp(z / temperature) / logits.Sum(other => Math.Exp(other / temperature)))];
        var expected = temperature * temperature * Softmax(teacher).Zip(Softmax(student), (p, q) => p * Math.Log(p / q)).Sum();
        using var scope = NewDisposeScope();
        var logits = tensor(student).reshape(1, 3).to(ScalarType.Float32);
        var probabilities = tensor(Softmax(teacher)).reshape(1, 3).to(ScalarType.Float32);
        Assert.Equal(expected, DistillationLoss.SoftTargets(logits, probabilities, temperature).item<float>(), 5);
        // Twice the same sample has the same mean.
        Assert.Equal(expected, DistillationLoss.SoftTargets(cat([logits, logits]), cat([probabilities, probabilities]), temperature).item<float>(), 5);
    }

    [Fact]
    public void Several_teachers_are_averaged_as_probabilities()
    {
        using var scope = NewDisposeScope();
        Tensor first = tensor(new[] { 4f, 0f }).reshape(1, 2), second = tensor(new[] { -1f, 0f }).reshape(1, 2);
        Tensor p = nn.functional.softmax(first / 2, 1), q = nn.functional.softmax(second / 2, 1);
        var average = new Distillation(new() { Temperature = 2 }, _ => first, _ => second);
        Assert.True(average.Together([first, second], isRegression: false).allclose((p + q) / 2));
        var weighted = new Distillation(new() { Temperature = 2, Teachers = TeacherMixture.Weighted, TeacherWeights = [3, 1] }, _ => first, _ => second);
        Assert.True(weighted.Together([first, second], isRegression: false).allclose((0.75 * p) + (0.25 * q)));
    }

    [Fact]
    public void Logarithms_of_probabilities_are_logits()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 3f, -1f, 0f, 200f, 0f, -200f }).reshape(2, 3);
        var recovered = Losses.Logits(nn.functional.softmax(logits, 1), OutputKind.Probabilities);
        Assert.True(nn.functional.softmax(recovered, 1).allclose(nn.functional.softmax(logits, 1)));
        Assert.True(recovered.isfinite().all().item<bool>());
        Assert.Same(logits, Losses.Logits(logits, OutputKind.Values));
    }

    [Fact]
    public void A_student_learns_from_a_teacher_without_labels()
    {
        using var teacher = SmallNetworks.Convolutional(seed: 5);
        using var labelled = SmallNetworks.Bars();
        new Trainer(teacher, Recipe).Train(labelled);
        using var unlabelled = SmallNetworks.Bars(labelled: false);
        using var validation = SmallNetworks.Bars(48, seed: 4);
        using var unlabelledValidation = SmallNetworks.Bars(48, seed: 4, labelled: false);
        using var student = SmallNetworks.Convolutional(seed: 6);
        var result = new Trainer(student, Recipe with { Augmentation = new(Flip: true) }) { Distillation = new(new(), teacher.call) }.Train(unlabelled, unlabelledValidation);
        Assert.Equal(Metric.DistillationLoss, result.ValidationMetric);
        Assert.True(result.BestValidation <= result.History.Min(epoch => epoch.Validation));
        Assert.InRange(Evaluation.Measure(student, validation).Value, 0.95, 1);
    }

    [Fact]
    public void A_teacher_is_asked_once_per_sample_where_samples_stay_the_same()
    {
        using var data = SmallNetworks.Bars();
        using var teacher = SmallNetworks.Convolutional(seed: 5);
        teacher.eval();
        (long Asked, byte[] Weights) Distil(Augmentation augmentation, long cacheLimit)
        {
            long asked = 0;
            using var student = SmallNetworks.Convolutional(seed: 6);
            var distillation = new Distillation(new() { Alpha = 0.5 }, inputs =>
            {
                asked += inputs.shape[0];
                return teacher.call(inputs);
            })
            { CacheLimit = cacheLimit };
            new Trainer(student, Recipe with { Epochs = 3, Augmentation = augmentation }) { Distillation = distillation }.Train(data);
            return (asked, SmallNetworks.Weights(student));
        }

        var kept = Distil(Augmentation.None, 1 << 20);
        var asked = Distil(Augmentation.None, 0);
        Assert.Equal(1 + 96, kept.Asked);
        Assert.Equal(1 + (3 * 96), asked.Asked);
        Assert.Equal(1 + (3 * 96), Distil(new(Flip: true), 1 << 20).Asked);
        Assert.Equal(asked.Weights, kept.Weights);
    }

    [Fact]
    public void A_regression_learns_the_mean_of_teachers_and_targets()
    {
        using var scope = NewDisposeScope();
        using var data = DataSets.FromTensors("made", ones(8, 1), full(8, 1f));
        using var student = nn.Sequential(nn.Linear(1, 1));
        var distillation = new Distillation(new() { Alpha = 0.75 }, _ => full([8, 1], 3f), _ => full([8, 1], 7f));
        new Trainer(student, new() { Epochs = 200, BatchSize = 8, WeightDecay = 0 }) { Distillation = distillation }.Train(data);
        // The minimum of 0.25 (x - 1)^2 + 0.75 (x - 5)^2.
        Assert.Equal(4, student.call(ones(1, 1)).item<float>(), 2);
    }

    [Fact]
    public void A_temperature_of_zero_is_refused()
    {
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(new DistillationRecipe { Temperature = 0 }.Validate).Code);
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(new DistillationRecipe { Alpha = 1.5 }.Validate).Code);
    }
}
