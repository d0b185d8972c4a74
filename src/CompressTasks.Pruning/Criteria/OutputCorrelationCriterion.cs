using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Redundancy of what units show: the part of a unit's variance, where layers read it, that the units of its group that stay longer do not
/// explain linearly. Of two twins one goes first, and then the other is no one's twin any more. Needs data, no labels.
/// </summary>
public static class OutputCorrelationCriterion
{
    /// <summary>Keeps the inverse of singular correlations finite.</summary>
    const double Ridge = 1e-8;

    /// <param name="batches">Batches of inputs, labels unused; each is disposed after use.</param>
    /// <returns>One score per unit, 0 to 1; 0 for a unit that is constant, and 1 where a unit cannot be watched.</returns>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static double[] Score(CouplingGraph graph, GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var products = graph.Groups.Select(group => zeros([group.Units.Count, group.Units.Count], float64)).ToArray();
        var sums = graph.Groups.Select(group => zeros([group.Units.Count], float64)).ToArray();
        var counts = new long[sums.Length];
        new UnitActivations(graph).Visit(
            module,
            batches,
            (group, activations) =>
            {
                var wide = activations.to(float64);
                products[group].add_(wide.transpose(0, 1).mm(wide).cpu());
                sums[group].add_(wide.sum([0L]).cpu());
                counts[group] += wide.shape[0];
            },
            cancellation);
        var scores = new double[graph.Units.Count];
        for (var group = 0; group < sums.Length; group++)
        {
            using var inner = NewDisposeScope();
            var mean = sums[group] / Math.Max(1, counts[group]);
            var covariance = (products[group] / Math.Max(1, counts[group])) - mean.outer(mean);
            UnitScores.Put(graph.Groups[group], counts[group] == 0 ? ones_like(mean) : Unexplained(covariance, cancellation), scores);
        }

        return scores;
    }

    /// <summary>1 - R^2 of each variable at the moment when it is the one that the others explain best, and is taken out.</summary>
    /// <param name="covariance">Float64 [n, n].</param>
    /// <returns>Float64 [n].</returns>
    static Tensor Unexplained(Tensor covariance, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var variances = covariance.diagonal();
        var scores = zeros_like(variances);
        var varying = variances.gt(1e-12 * variances.max()).nonzero().flatten();
        var count = varying.numel();
        if (count == 0) return scores.MoveToOuterDisposeScope();
        // Of variables with variance 1, 1 - R^2 is one over the inverse's diagonal.
        var deviations = variances.index_select(0, varying).sqrt();
        var correlations = covariance.index_select(0, varying).index_select(1, varying) / deviations.outer(deviations);
        var inverse = linalg.inv(correlations + (eye(count, dtype: float64) * Ridge));
        var reached = 0.0;
        for (var left = count; left > 0; left--)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var diagonal = inverse.diagonal();
            var chosen = diagonal.argmax();
            var pivot = diagonal[chosen];
            reached = Math.Max(reached, Math.Min(1, 1 / pivot.item<double>()));
            scores.index_fill_(0, varying[chosen], reached);
            var row = inverse[chosen];
            inverse.sub_((row / pivot).outer(row));
            // What is taken out has rounding errors left, which must not be chosen again.
            inverse.index_fill_(0, chosen, 0);
            inverse.index_fill_(1, chosen, 0);
        }

        return scores.MoveToOuterDisposeScope();
    }
}
