using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Layer-adaptive magnitude: the square of a score over the sum of the squares of all scores of the group that are no smaller. The last unit
/// of every group has 1, so that scores can be compared between groups and no group goes as a whole (Lee et al., Layer-adaptive Sparsity
/// for the Magnitude-based Pruning, 2021).
/// </summary>
public static class LampCriterion
{
    /// <param name="scores">One per unit, not negative; L2 norms for what was published.</param>
    /// <returns>One score per unit, 0 to 1.</returns>
    public static double[] Score(CouplingGraph graph, double[] scores)
    {
        var result = new double[scores.Length];
        foreach (var group in graph.Groups)
        {
            double above = 0;
            foreach (var unit in group.Units.OrderByDescending(unit => scores[unit]).ThenByDescending(unit => unit))
            {
                above += scores[unit] * scores[unit];
                result[unit] = above > 0 ? scores[unit] * scores[unit] / above : 0;
            }
        }

        return result;
    }
}
