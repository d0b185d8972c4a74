using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Losses on one batch, each the mean over its samples.</summary>
public static class Losses
{
    /// <summary>Below it a float32 softmax has lost the probability; its logarithm would be minus infinity.</summary>
    const double SmallestProbability = 1e-12;

    /// <summary>Logits for outputs of this kind: log p for probabilities, whose softmax is p again.</summary>
    public static Tensor Logits(Tensor outputs, OutputKind kind)
    {
        if (kind == OutputKind.Values) return outputs;
        using var scope = NewDisposeScope();
        return outputs.clamp_min(SmallestProbability).log().MoveToOuterDisposeScope();
    }

    /// <param name="logits">[n, classes].</param>
    /// <param name="classes">int64 [n].</param>
    /// <param name="smoothing">Part of the probability spread over all classes.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor classes, double smoothing = 0) =>
        nn.functional.cross_entropy(logits, classes, label_smoothing: smoothing);

    /// <summary>Mean of squared differences; targets are seen in the outputs' shape, so that [n] and [n, 1] are the same.</summary>
    public static Tensor MeanSquaredError(Tensor outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return nn.functional.mse_loss(outputs, targets.reshape(outputs.shape)).MoveToOuterDisposeScope();
    }
}
