using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests;

public class DistillationLossTests
{
    static readonly double[] Student = [1, -2, 0.5, 0.25], Teacher = [2, 0, -1, 1.5];

    [Fact]
    public void The_decoupled_loss_is_that_of_the_formulas()
    {
        const double temperature = 2;
        var (p, q) = (Softmax(Teacher, temperature), Softmax(Student, temperature));
        const int label = 2;
        var target = (p[label] * Math.Log(p[label] / q[label])) + ((1 - p[label]) * Math.Log((1 - p[label]) / (1 - q[label])));
        var others = Enumerable.Range(0, 4).Where(i => i != label).Sum(i => p[i] / (1 - p[label]) * Math.Log(p[i] / (1 - p[label]) / (q[i] / (1 - q[label]))));
        using var scope = NewDisposeScope();

        var loss = DistillationLoss.Decoupled(Row(Student), Row(p), tensor(new long[] { label }), temperature, 1.5, 8);

        Assert.Equal(temperature * temperature * ((1.5 * target) + (8 * others)), loss.item<float>(), 4);
    }

    [Fact]
    public void Decoupled_by_the_teachers_own_doubt_it_is_the_divergence()
    {
        var p = Softmax(Teacher, 3);
        using var scope = NewDisposeScope();

        var whole = DistillationLoss.SoftTargets(Row(Student), Row(p), 3).item<float>();

        Assert.Equal(whole, DistillationLoss.Decoupled(Row(Student), Row(p), tensor(new[] { 0L }), 3, 1, 1 - p[0]).item<float>(), 5);
    }

    [Fact]
    public void A_teacher_without_doubt_leaves_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        var logits = Row(Student).requires_grad_();

        DistillationLoss.Decoupled(logits, tensor(new[] { 0f, 1f, 0f, 0f }).reshape(1, 4), tensor(new[] { 1L }), 1, 1, 8).backward();

        Assert.True(logits.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Pixels_count_as_samples_do()
    {
        using var scope = NewDisposeScope();
        Tensor logits = randn(2, 3, 4), probabilities = DistillationLoss.Probabilities(randn(2, 3, 4), 2), labels = randint(3, [2L, 4L]);
        Tensor Flat(Tensor values) => values.permute(0, 2, 1).reshape(8, 3);

        Assert.Equal(DistillationLoss.SoftTargets(Flat(logits), Flat(probabilities), 2).item<float>(), DistillationLoss.SoftTargets(logits, probabilities, 2).item<float>(), 5);
        Assert.Equal(
            DistillationLoss.Decoupled(Flat(logits), Flat(probabilities), labels.reshape(8), 2, 1, 2).item<float>(),
            DistillationLoss.Decoupled(logits, probabilities, labels, 2, 1, 2).item<float>(),
            5);
    }

    [Fact]
    public void Ignored_pixels_count_for_nothing_in_the_decoupled_loss()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        Tensor logits = randn(1, 3, 1, 4), probabilities = nn.functional.softmax(randn(1, 3, 1, 4), 1);
        var labels = tensor(new long[] { 2, 0, Losses.IgnoredClass, Losses.IgnoredClass }).reshape(1, 1, 4);
        var own = logits.detach().clone().requires_grad_();

        var loss = DistillationLoss.Decoupled(own, probabilities, labels, 2, 1, 2);
        loss.backward();

        Assert.Equal(DistillationLoss.Decoupled(logits[.., .., .., ..2], probabilities[.., .., .., ..2], labels[.., .., ..2], 2, 1, 2).item<float>(), loss.item<float>(), 5);
        Assert.Equal(0, own.grad![.., .., .., 2..].abs().sum().item<float>());
        Assert.Equal(0, DistillationLoss.Decoupled(logits, probabilities, full_like(labels, Losses.IgnoredClass), 2, 1, 2).item<float>());
    }

    [Fact]
    public void Attention_is_the_squared_distance_of_maps_of_length_one()
    {
        using var scope = NewDisposeScope();
        // Two channels of 1 x 2 pixels: the maps are (1 + 4, 4 + 0) and (0, 9).
        Tensor student = tensor(new[] { 1f, 2f, 2f, 0f }).reshape(1, 2, 1, 2), teacher = tensor(new[] { 0f, 3f }).reshape(1, 1, 1, 2);
        var (x, y) = (5 / Math.Sqrt(41), 4 / Math.Sqrt(41));

        var loss = FeatureLoss.Attention(FeatureLoss.AttentionMap(student), FeatureLoss.AttentionMap(teacher));

        Assert.Equal((x * x) + ((y - 1) * (y - 1)), loss.item<float>(), 5);
    }

    [Fact]
    public void Values_are_compared_in_shares_of_the_teachers_and_at_the_smaller_size()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(new[] { 1f, 2f }).reshape(1, 1, 1, 2), teacher = tensor(new[] { 2f, 4f, 0f, 2f }).reshape(1, 1, 1, 4);

        // The teacher's pairs of pixels average to (3, 1).
        Assert.Equal((4 + 1) / 10.0, FeatureLoss.Values(student, teacher).item<float>(), 5);
        Assert.Equal(0.25, FeatureLoss.Values(tensor(new[] { 1f }).reshape(1, 1), tensor(new[] { 2f }).reshape(1, 1)).item<float>(), 5);
    }

    static Tensor Row(double[] values) => tensor(Array.ConvertAll(values, value => (float)value)).reshape(1, values.Length);

    static double[] Softmax(double[] logits, double temperature)
    {
        var sum = logits.Sum(logit => Math.Exp(logit / temperature));
        return [.. logits.Select(logit => Math.Exp(logit / temperature) / sum)];
    }
}
