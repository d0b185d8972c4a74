using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>
/// Losses of a student's logits [n, classes, ...] against teachers' probabilities of the same shape at the same temperature, each the mean
/// over the samples (and the axes behind the classes). Both are multiplied by T^2, so that gradients keep their size for every T.
/// </summary>
public static class DistillationLoss
{
    /// <summary>Takes the label's class out of a softmax.</summary>
    const double MinusInfinity = -1e9;

    /// <summary>Below it, what a teacher leaves to the other classes is no distribution any more.</summary>
    const double SmallestRest = 1e-30;

    /// <summary>softmax(logits / T) along axis 1.</summary>
    public static Tensor Probabilities(Tensor logits, double temperature)
    {
        using var scope = NewDisposeScope();
        return nn.functional.softmax(logits.div(temperature), 1).MoveToOuterDisposeScope();
    }

    /// <returns>T^2 * KL(teacher_T || student_T).</returns>
    public static Tensor SoftTargets(Tensor logits, Tensor probabilities, double temperature)
    {
        using var scope = NewDisposeScope();
        return Divergence(nn.functional.log_softmax(logits.div(temperature), 1), probabilities, temperature).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Decoupled knowledge distillation (Zhao et al. 2022): T^2 * (targetWeight * KL of (label's class, all others) + nonTargetWeight * KL
    /// among the others). With a target weight of 1 and the teacher's probability of the others as the other weight it is
    /// <see cref="SoftTargets"/>.
    /// </summary>
    /// <param name="classes">int64 [n, ...], the labels; those of <see cref="Losses.IgnoredClass"/> are left out of the mean.</param>
    public static Tensor Decoupled(Tensor logits, Tensor probabilities, Tensor classes, double temperature, double targetWeight, double nonTargetWeight)
    {
        using var scope = NewDisposeScope();
        var labels = classes.reshape([logits.shape[0], 1, .. logits.shape[2..]]);
        var (target, counted) = (labels.clamp_min(0), labels.ne(Losses.IgnoredClass));
        var isTarget = zeros_like(probabilities, ScalarType.Bool).scatter_(1, target, ones_like(target, ScalarType.Bool));
        var student = nn.functional.log_softmax(logits.div(temperature), 1);
        var others = student.masked_fill(isTarget, MinusInfinity);
        var studentBinary = cat([student.gather(1, target), others.logsumexp(1, keepdim: true)], 1);
        var teacherOthers = probabilities.masked_fill(isTarget, 0);
        var rest = teacherOthers.sum(1, keepdim: true);
        var teacherBinary = cat([probabilities.gather(1, target), rest], 1);
        var among = nn.functional.log_softmax(others, 1);
        var onTarget = Divergences(studentBinary, teacherBinary).mul(targetWeight);
        var onOthers = Divergences(among, teacherOthers.div(rest.clamp_min(SmallestRest)));
        return onTarget.add(onOthers, nonTargetWeight).masked_fill(counted.logical_not(), 0).sum()
            .div(counted.sum().clamp_min(1)).mul(temperature * temperature)
            .MoveToOuterDisposeScope();
    }

    /// <returns>[n, 1, ...], one for each distribution.</returns>
    static Tensor Divergences(Tensor logarithms, Tensor probabilities) =>
        nn.functional.kl_div(logarithms, probabilities, log_target: false, reduction: nn.Reduction.None).sum(1, keepdim: true);

    static Tensor Divergence(Tensor logarithms, Tensor probabilities, double temperature)
    {
        var sum = nn.functional.kl_div(logarithms, probabilities, log_target: false, reduction: nn.Reduction.Sum);
        return sum.mul(temperature * temperature * logarithms.shape[1] / logarithms.numel());
    }
}
