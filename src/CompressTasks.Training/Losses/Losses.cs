using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Losses on one batch, each the mean over its samples.</summary>
public static class Losses
{
    /// <summary>The class of pixels that count neither for nor against an output: those that came in from outside of an image.</summary>
    public const long IgnoredClass = -100;

    /// <summary>Below it a float32 softmax has lost the probability; its logarithm would be minus infinity.</summary>
    const double SmallestProbability = 1e-12;

    /// <summary>Nearer than this to 1 a float32 has no more numbers.</summary>
    const double SmallestDoubt = 1e-7;

    /// <summary>Logits for outputs of this kind: log p for probabilities, whose softmax is p again, and log p / (1 - p) for independent ones, whose sigmoid is p again.</summary>
    public static Tensor Logits(Tensor outputs, OutputKind kind) => kind switch
    {
        OutputKind.Values => outputs,
        OutputKind.IndependentProbabilities => IndependentLogits(outputs),
        _ => LogProbabilities(outputs),
    };

    /// <param name="logits">[n, classes] or [n, classes, height, width].</param>
    /// <param name="classes">int64 [n] or [n, height, width]; pixels of <see cref="IgnoredClass"/> are left out of the mean.</param>
    /// <param name="smoothing">Part of the probability spread over all classes.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor classes, double smoothing = 0) =>
        nn.functional.cross_entropy(logits, classes, label_smoothing: smoothing);

    /// <summary>Mean of squared differences; targets are seen in the outputs' shape, so that [n] and [n, 1] are the same.</summary>
    public static Tensor MeanSquaredError(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return nn.functional.mse_loss(outputs, targets.reshape(outputs.shape)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// 1 minus the mean over samples and classes of (2 * sum(p * g) + 1) / (sum(p) + sum(g) + 1), where the sums are over a sample's pixels, p is
    /// the softmax and g is 1 where the pixel is of the class. The ones let a class that is neither there nor found count as found.
    /// </summary>
    /// <param name="logits">[n, classes, height, width].</param>
    /// <param name="classes">int64 [n, height, width]; pixels of <see cref="IgnoredClass"/> are left out.</param>
    public static Tensor Dice(Tensor logits, Tensor classes)
    {
        using var scope = NewDisposeScope();
        return EachDice(logits, classes).mean().MoveToOuterDisposeScope();
    }

    /// <returns>[n].</returns>
    internal static Tensor EachDice(Tensor logits, Tensor classes)
    {
        using var scope = NewDisposeScope();
        var counted = classes.ne(IgnoredClass).unsqueeze(1);
        var probabilities = nn.functional.softmax(logits, 1).mul(counted);
        var truth = OneHot(logits, classes.clamp_min(0).unsqueeze(1)).mul_(counted);
        var common = probabilities.mul(truth).sum([2, 3]);
        var both = probabilities.sum([2, 3]).add(truth.sum([2, 3]));
        return (1 - common.mul(2).add(1).div(both.add(1)).mean([1L])).MoveToOuterDisposeScope();
    }

    /// <summary>1 where axis 1 has the class, else 0.</summary>
    /// <param name="like">Gives shape, type and device.</param>
    /// <param name="classes">int64, with length 1 on axis 1.</param>
    internal static Tensor OneHot(Tensor like, Tensor classes) =>
        zeros_like(like, requires_grad: false).scatter_(1, classes, ones(classes.shape, like.dtype, like.device));

    internal static Tensor IndependentLogits(Tensor probabilities)
    {
        using var scope = NewDisposeScope();
        var inside = probabilities.clamp(SmallestProbability, 1 - SmallestDoubt);
        return inside.log().sub((1 - inside).log()).MoveToOuterDisposeScope();
    }

    static Tensor LogProbabilities(Tensor probabilities)
    {
        using var scope = NewDisposeScope();
        return probabilities.clamp_min(SmallestProbability).log().MoveToOuterDisposeScope();
    }
}
