using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>Norms over all coupled slices of a unit, trainable weights only (running statistics are not weights).</summary>
public static class MagnitudeCriterion
{
    /// <summary>The L2 norm.</summary>
    /// <returns>One score per unit, not negative.</returns>
    public static double[] Score(CouplingGraph graph, CancellationToken cancellation = default)
    {
        var scores = Sums(graph, UnitSums.Squares, cancellation);
        for (var i = 0; i < scores.Length; i++) scores[i] = Math.Sqrt(scores[i]);
        return scores;
    }

    /// <summary>The L1 norm.</summary>
    /// <returns>One score per unit, not negative.</returns>
    public static double[] ScoreL1(CouplingGraph graph, CancellationToken cancellation = default) => Sums(graph, UnitSums.Magnitudes, cancellation);

    static double[] Sums(CouplingGraph graph, UnitSums.Reduction reduction, CancellationToken cancellation)
    {
        var weights = UnitSums.Trainable(graph);
        return UnitSums.Over(
            graph,
            unit => unit.Slices,
            (name, axis) => weights.TryGetValue(name, out var weight) ? UnitSums.ByIndex(weight, axis, reduction) : null,
            cancellation);
    }
}
