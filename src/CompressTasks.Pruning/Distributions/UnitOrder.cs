using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;

namespace CompressTasks.Pruning.Distributions;

/// <summary>
/// The order in which units go. Every distribution but the greedy one gives each unit a number that rises with its rank in its group, and
/// units go by that number.
/// </summary>
static class UnitOrder
{
    /// <param name="ranked">The units of each group, lowest score first.</param>
    /// <returns>The units that may go, first to last.</returns>
    public static int[] Of(CouplingGraph graph, double[] scores, int[][] ranked, SelectionSettings settings)
    {
        var groups = Enumerable.Range(0, ranked.Length).Where(group => settings.Groups?.Contains(group) != false && settings.Kept?[group] is null).ToArray();
        if (settings.Distribution == Distribution.Budget) return GainOrder.Of(graph, Normalized(graph, scores, settings.Normalization), ranked, groups, settings);
        var keys = Keys(graph, scores, ranked, settings);
        var shares = new double[scores.Length];
        foreach (var group in ranked)
        {
            for (var rank = 0; rank < group.Length; rank++) shares[group[rank]] = (rank + 1.0) / group.Length;
        }

        // Where numbers are equal (a flat curve), the groups lose equal shares.
        return [.. groups.SelectMany(group => ranked[group]).OrderBy(unit => keys[unit]).ThenBy(unit => shares[unit]).ThenBy(unit => unit)];
    }

    static double[] Keys(CouplingGraph graph, double[] scores, int[][] ranked, SelectionSettings settings) => settings.Distribution switch
    {
        Distribution.Uniform => ByRank(scores.Length, ranked, (group, share) => settings.Exponents is { } exponents ? 1 - Math.Pow(1 - share, 1 / exponents[group]) : share),
        Distribution.Erk => Erk(graph, scores.Length, ranked),
        Distribution.Lamp => LampCriterion.Score(graph, scores),
        Distribution.Sensitivity => ByRank(scores.Length, ranked, (group, share) => settings.Curves![group]?.Rise(share) ?? double.PositiveInfinity),
        _ => Normalized(graph, scores, settings.Normalization),
    };

    static double[] ByRank(int count, int[][] ranked, Func<int, double, double> key)
    {
        var keys = new double[count];
        for (var g = 0; g < ranked.Length; g++)
        {
            for (var rank = 0; rank < ranked[g].Length; rank++) keys[ranked[g][rank]] = key(g, (rank + 1.0) / ranked[g].Length);
        }

        return keys;
    }

    public static double[] Normalized(CouplingGraph graph, double[] scores, GroupNormalization normalization)
    {
        if (normalization == GroupNormalization.None) return scores;
        var result = new double[scores.Length];
        foreach (var group in graph.Groups)
        {
            var own = group.Units.Select(unit => scores[unit]);
            var scale = normalization switch
            {
                GroupNormalization.Max => own.Max(),
                GroupNormalization.Sum => own.Sum(),
                _ => own.Average(),
            };
            foreach (var unit in group.Units) result[unit] = scale > 0 ? scores[unit] / scale : 0;
        }

        return result;
    }

    /// <summary>
    /// A group keeps the share sqrt(e f) of its units, at most all: f is the Erdős–Rényi factor with kernels of the weights that make it, (sum of
    /// the weight's lengths) / (their product), averaged by size, and e falls from deep to deeper cuts. The unit of share s goes where e
    /// falls below (1 - s)^2 / f.
    /// </summary>
    static double[] Erk(CouplingGraph graph, int count, int[][] ranked)
    {
        var weights = UnitSums.Trainable(graph);
        return ByRank(count, ranked, (group, share) =>
        {
            double lengths = 0, elements = 0;
            foreach (var slice in graph.Units[ranked[group][0]].Makers)
            {
                if (!weights.TryGetValue(slice.Initializer, out var weight) || weight.Dims.Count < 2) continue;
                lengths += weight.Dims.Sum();
                elements += weight.ElementCount();
            }

            var open = 1 - share + (1.0 / ranked[group].Length);
            return elements == 0 ? double.PositiveInfinity : -(open * open * elements / lengths);
        });
    }
}
