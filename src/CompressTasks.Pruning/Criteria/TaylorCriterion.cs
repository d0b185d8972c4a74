using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// First-order Taylor expansion of the loss around the unit's absence: the square of the sum of gradient x weight over the weights
/// that make the unit, averaged over batches (Molchanov et al., Importance Estimation for Neural Network Pruning, 2019).
/// </summary>
public static class TaylorCriterion
{
    /// <param name="graph">The analysed model; <paramref name="module"/> runs the same one.</param>
    /// <param name="batches">Labelled (or teacher-labelled) batches; each is disposed after use.</param>
    /// <param name="loss">Scalar loss of the module's output and the batch.</param>
    /// <returns>One score per unit, not negative.</returns>
    /// <exception cref="PruningException">CMP0603 without a batch.</exception>
    public static double[] Score(
        CouplingGraph graph,
        GraphModule module,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        CancellationToken cancellation = default)
    {
        var scores = new double[graph.Units.Count];
        var count = LossGradients.ForEachBatch(module, batches, loss, keepSum: false, () =>
        {
            var sums = UnitSums.Over(
                graph,
                unit => unit.Makers,
                (name, axis) => module.Weights.TryGetValue(name, out var weight) ? LossGradients.TimesWeight(weight, axis) : null,
                cancellation);
            for (var i = 0; i < sums.Length; i++) scores[i] += sums[i] * sums[i];
        }, cancellation);
        for (var i = 0; i < scores.Length; i++) scores[i] /= count;
        return scores;
    }
}
