using CompressTasks.Onnx;
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
    public void A_single_number_without_labels_is_learned_by_its_square()
    {
        using var scope = NewDisposeScope();
        using var data = DataSets.FromTensors("made", ones(8, 1), null);
        using var student = nn.Sequential(nn.Linear(1, 1));
        new Trainer(student, new() { Epochs = 200, BatchSize = 8, WeightDecay = 0 }) { Distillation = new(new(), _ => full([8, 1], 3f), _ => full([8, 1], 7f)) }.Train(data);
        Assert.Equal(5, student.call(ones(1, 1)).item<float>(), 2);
    }

    [Fact]
    public void Numbers_without_labels_are_compared_by_their_squared_difference()
    {
        using var scope = NewDisposeScope();
        using var data = DataSets.FromTensors("made", tensor(new[] { -1f, 2f }).reshape(2, 1), null);
        using var twice = nn.Sequential(nn.Linear(1, 1, hasBias: false));
        using var same = nn.Sequential(nn.Linear(1, 1, hasBias: false));
        using (no_grad())
        {
            twice.parameters().Single().fill_(-2);
            same.parameters().Single().fill_(1);
        }

        var numbers = Evaluation.Agreement(twice, same, data);
        Assert.Equal((Metric.MeanSquaredError, (9 + 36) / 2.0), (numbers.Metric, numbers.Value));
        // One of them ends in a sigmoid: the other's number is the logit of yes.
        using var yes = nn.Sequential(nn.Linear(1, 1, hasBias: false), nn.Sigmoid());
        using (no_grad()) yes.parameters().Single().fill_(-1);
        var decisions = Evaluation.Agreement(twice, yes, data, kinds: (OutputKind.Values, OutputKind.IndependentProbabilities));
        Assert.Equal((Metric.Agreement, 1.0), (decisions.Metric, decisions.Value));
        Assert.Equal(0, Evaluation.Agreement(same, yes, data, kinds: (OutputKind.Values, OutputKind.IndependentProbabilities)).Value);
    }

    [Fact]
    public void One_output_per_pixel_without_labels_is_no_or_yes()
    {
        using var scope = NewDisposeScope();
        using var data = DataSets.FromTensors("made", zeros(2, 1, 1, 3), null);
        var outputs = randn(2, 1, 1, 3);
        var read = OutputReading.Distributions(outputs, OutputKind.Values, data);
        Assert.True(nn.functional.softmax(read, 1).narrow(1, 1, 1).allclose(outputs.sigmoid()));
        Assert.True(read.allclose(OutputReading.Distributions(outputs.sigmoid(), OutputKind.IndependentProbabilities, data), 1e-4, 1e-4));
    }

    [Fact]
    public void A_sigmoid_in_one_of_the_models_decides_how_all_are_read()
    {
        using var scope = NewDisposeScope();
        using var data = DataSets.FromTensors("made", randn(8, 2), null);
        GraphTeacher Teacher(bool isSigmoid)
        {
            var b = new ModelBuilder(isSigmoid ? 1 : 2);
            var logits = b.Gemm(b.Input("x", 0, 2), 3);
            return new(b.Build(isSigmoid ? b.Node("Sigmoid", [logits]) : logits));
        }

        using GraphTeacher first = Teacher(isSigmoid: true), second = Teacher(isSigmoid: false);
        using var student = nn.Sequential(nn.Linear(2, 3));
        // Whether a teacher speaks in probabilities or in logits, two that say the same teach the same.
        new Trainer(student, new() { Epochs = 400, BatchSize = 8, WeightDecay = 0, LearningRate = 0.5 }) { Distillation = new(new() { Temperature = 1 }, [first, second]) }.Train(data);
        var inputs = data.Read([.. Enumerable.Range(0, 8)]).Inputs;
        var wanted = (first.Answer(inputs, [])[0] + second.Answer(inputs, [])[0].sigmoid()) / 2;
        Assert.True(student.call(inputs).sigmoid().allclose(wanted, 0, 0.1));
    }

    [Fact]
    public void A_temperature_of_zero_is_refused()
    {
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(new DistillationRecipe { Temperature = 0 }.Validate).Code);
        Assert.Equal("CMP0120", Assert.Throws<TrainingException>(new DistillationRecipe { Alpha = 1.5 }.Validate).Code);
    }

    [Fact]
    public void A_temperature_is_refused_for_targets_which_have_no_probabilities()
    {
        using var data = DataSets.FromTensors("numbers", randn(8, 4), randn(8, 2));
        using var student = nn.Linear(4, 2);
        void Train(double temperature) => new Trainer(student, new() { Epochs = 1 }) { Distillation = new(new() { Temperature = temperature }, student.call) }.Train(data);

        var error = Assert.Throws<TrainingException>(() => Train(2));
        Assert.Equal(("CMP0120", true), (error.Code, error.Message.StartsWith("The recipe's 'temperature' has to be left out where the labels are numbers", StringComparison.Ordinal)));
        Train(4);
    }
}
