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
    public static double[] Score(
        CouplingGraph graph,
        GraphModule module,
        IEnumerable<Batch> batches,
        Func<Tensor, Batch, Tensor> loss,
        CancellationToken cancellation = default)
    {
        var scores = new double[graph.Units.Count];
        var axes = graph.Units
            .SelectMany(Makers)
            .Select(slice => (slice.Initializer, slice.Axis))
            .Distinct()
            .Where(axis => module.Weights.ContainsKey(axis.Initializer))
            .ToArray();
        module.eval();
        var count = 0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using (batch)
            {
                module.zero_grad();
                loss(module.forward(batch.Inputs), batch).backward();
            }

            var products = axes.ToDictionary(axis => axis, axis => GradientTimesWeight(module.Weights[axis.Initializer], axis.Axis));
            foreach (var unit in graph.Units)
            {
                double sum = 0;
                foreach (var slice in Makers(unit))
                {
                    if (!products.TryGetValue((slice.Initializer, slice.Axis), out var product)) continue;
                    foreach (var index in slice.Indices) sum += product[index];
                }

                scores[unit.Index] += sum * sum;
            }

            count++;
        }

        module.zero_grad();
        if (count == 0)
        {
            throw new PruningException(
                PruningException.CriterionNeedsData,
                "The Taylor criterion was given no batch of data.",
                hint: "Give training data, or choose the criterion l2.");
        }

        for (var i = 0; i < scores.Length; i++) scores[i] /= count;
        return scores;
    }

    /// <summary>
    /// The slices that make the unit; a unit that no weight makes (it comes from an expanded axis) is judged by those that read it.
    /// </summary>
    internal static IEnumerable<WeightSlice> Makers(PruningUnit unit)
    {
        var makes = unit.Slices.Any(slice => slice.Role == SliceRole.Produces);
        return unit.Slices.Where(slice => !makes || slice.Role == SliceRole.Produces);
    }

    static float[] GradientTimesWeight(Tensor weight, int axis)
    {
        if (weight.grad is not { } gradient) return new float[weight.shape[axis]];
        using var noGradient = no_grad();
        long[] others = [.. Enumerable.Range(0, (int)weight.dim()).Where(other => other != axis).Select(other => (long)other)];
        var product = gradient * weight;
        return (others.Length == 0 ? product : product.sum(others)).to(float32).cpu().contiguous().data<float>().ToArray();
    }
}
