using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Sum of |gradient x weight| over the weights that make a unit, with the gradient of the loss over all samples (Lee et al., SNIP:
/// Single-shot Network Pruning based on Connection Sensitivity, 2019).
/// </summary>
public static class GradientTimesWeightCriterion
{
    /// <inheritdoc cref="TaylorCriterion.Score"/>
    public static double[] Score(
        CouplingGraph graph,
        GraphModule module,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        CancellationToken cancellation = default)
    {
        var count = LossGradients.ForEachBatch(module, batches, loss, keepSum: true, () => { }, cancellation);
        var scores = UnitSums.Over(
            graph,
            unit => unit.Makers,
            (name, axis) => module.Weights.TryGetValue(name, out var weight) ? LossGradients.TimesWeight(weight, axis, absolute: true) : null,
            cancellation);
        module.zero_grad();
        for (var i = 0; i < scores.Length; i++) scores[i] /= count;
        return scores;
    }
}
