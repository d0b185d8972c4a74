using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Teachers and the loss against them.</summary>
/// <param name="recipe">Temperature and the teachers' part.</param>
/// <param name="teachers">
/// One or more, each from a batch of inputs [n, ...] to what <see cref="OutputReading.Distributions"/> makes of its outputs: logits [n, classes] (regression: outputs). They run without gradients;
/// the caller has put them into inference mode. What several say is averaged: probabilities at the temperature, not logits.
/// </param>
public sealed class Distillation(DistillationRecipe recipe, params IReadOnlyList<Func<Tensor, Tensor>> teachers)
{
    public DistillationRecipe Recipe => recipe;

    /// <summary>Most bytes of teachers' answers that are kept, so that a teacher runs once over the data and not once per epoch.</summary>
    public long CacheLimit { get; init; } = 512L << 20;

    /// <param name="logits">The student's, [n, classes], or [n, classes, ...] with a distribution for each pixel or label.</param>
    /// <param name="teacherProbabilities">At the same temperature, of the same shape, no gradient.</param>
    /// <returns>T^2 * KL(teacher_T || student_T), the mean over the batch and its pixels or labels.</returns>
    public static Tensor Loss(Tensor logits, Tensor teacherProbabilities, double temperature)
    {
        using var scope = NewDisposeScope();
        var student = nn.functional.log_softmax(logits.div(temperature), 1);
        var divergence = nn.functional.kl_div(student, teacherProbabilities, log_target: false, reduction: nn.Reduction.Sum);
        return divergence.mul(temperature * temperature * logits.shape[1] / logits.numel()).MoveToOuterDisposeScope();
    }

    /// <summary>The whole loss of one batch: the weighted sum of the labels' loss (null without labels) and the teachers'.</summary>
    internal Tensor Combined(Tensor logits, Tensor? labelLoss, Tensor teacherAnswers, bool isRegression)
    {
        using var scope = NewDisposeScope();
        var soft = isRegression ? Losses.MeanSquaredError(logits, teacherAnswers) : Loss(logits, teacherAnswers, recipe.Temperature);
        return (labelLoss is null ? soft : soft.mul(recipe.Alpha).add(labelLoss, 1 - recipe.Alpha)).MoveToOuterDisposeScope();
    }

    /// <summary>What the teachers say about a batch: averaged probabilities at the temperature, or averaged outputs for regression.</summary>
    internal Tensor Answers(Tensor inputs, bool isRegression)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor? sum = null;
        foreach (var teacher in teachers)
        {
            var outputs = teacher(inputs);
            var answer = isRegression ? outputs.clone() : nn.functional.softmax(outputs.div(recipe.Temperature), 1);
            sum = sum is null ? answer : sum.add_(answer);
        }

        return (sum ?? throw new InvalidOperationException("Distillation needs a teacher.")).div_(teachers.Count).MoveToOuterDisposeScope();
    }
}
