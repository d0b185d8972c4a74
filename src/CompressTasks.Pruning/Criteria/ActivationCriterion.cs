using CompressTasks.Pruning.Coupling;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// What units show where layers read them, over samples, positions and readers together. Needs data, no labels. Each returns one score per
/// unit, not negative; units that cannot be watched all have 1.
/// </summary>
public static class ActivationCriterion
{
    /// <summary>Absolute value of the mean (Molchanov et al. 2017).</summary>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static double[] Mean(CouplingGraph graph, GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default) =>
        Score(graph, module, batches, moments => moments.Mean.abs(), cancellation);

    /// <summary>Variance: a unit that hardly varies is a constant, which biases can take over (Polyak and Wolf 2015).</summary>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static double[] Variance(CouplingGraph graph, GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default) =>
        Score(graph, module, batches, moments => (moments.Square - moments.Mean.square()).clamp_min(0), cancellation);

    /// <summary>Share that is not zero: one minus the average percentage of zeros (Hu et al., Network Trimming, 2016).</summary>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static double[] NonZero(CouplingGraph graph, GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation = default) =>
        Score(graph, module, batches, moments => moments.NonZero, cancellation);

    static double[] Score(CouplingGraph graph, GraphModule module, IEnumerable<Batch> batches, Func<Moments, Tensor> statistic, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var sums = graph.Groups.Select(group => zeros([3, group.Units.Count], float64)).ToArray();
        var counts = new long[sums.Length];
        new UnitActivations(graph).Visit(
            module,
            batches,
            (group, activations) =>
            {
                var wide = activations.to(float64);
                sums[group].add_(stack([wide.sum([0L]), wide.square().sum([0L]), wide.ne(0).sum([0L])]).cpu());
                counts[group] += wide.shape[0];
            },
            cancellation);
        var scores = new double[graph.Units.Count];
        for (var group = 0; group < sums.Length; group++)
        {
            var means = sums[group] / Math.Max(1, counts[group]);
            var values = counts[group] == 0 ? ones(means.shape[1], float64) : statistic(new Moments(means[0], means[1], means[2]));
            UnitScores.Put(graph.Groups[group], values, scores);
        }

        return scores;
    }

    /// <summary>Means over all observations of a group, one number per unit each.</summary>
    readonly record struct Moments(Tensor Mean, Tensor Square, Tensor NonZero);
}
