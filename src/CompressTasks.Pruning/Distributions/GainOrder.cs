using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Distributions;

/// <summary>
/// Greedy by importance per cost: of the lowest unit of each group the one goes next that has least importance for what its removal saves at the
/// widths reached so far. Savings only shrink as a network narrows, so a candidate's number only rises, and the smallest of a queue has
/// to be computed anew and no other.
/// </summary>
static class GainOrder
{
    /// <param name="importance">One per unit, comparable between groups.</param>
    /// <param name="groups">Those that may be cut.</param>
    public static int[] Of(CouplingGraph graph, double[] importance, int[][] ranked, int[] groups, SelectionSettings settings)
    {
        var widths = new LivingWidths(graph, settings.CostUnit switch
        {
            CostUnit.Milliseconds => LatencyTerms.Of(graph, settings.Latencies ?? []),
            var unit => new PlannedCost(graph).TermsOf(unit),
        });
        var next = new int[ranked.Length];
        var queue = new PriorityQueue<int, (double, int)>();
        double Price(int group)
        {
            var unit = ranked[group][next[group]];
            // What saves nothing comes last, in the order of importance.
            var saving = widths.SavingOf(unit);
            return saving > 0 ? importance[unit] / saving : double.MaxValue / 2 * (1 + (importance[unit] / (1 + importance[unit])));
        }

        // What stays at any depth must not count as gone, or its neighbours would seem to save nothing.
        bool MayGo(int group) => ranked[group].Length - next[group] > settings.FewestOf(ranked[group].Length);
        foreach (var group in groups.Where(MayGo)) queue.Enqueue(group, (Price(group), group));
        var order = new List<int>();
        while (queue.TryDequeue(out var group, out var known))
        {
            var price = Price(group);
            if (price > known.Item1 && queue.TryPeek(out _, out var second) && price > second.Item1)
            {
                queue.Enqueue(group, (price, group));
                continue;
            }

            var unit = ranked[group][next[group]++];
            widths.Remove(unit);
            order.Add(unit);
            if (MayGo(group)) queue.Enqueue(group, (Price(group), group));
        }

        return [.. order, .. groups.SelectMany(group => ranked[group][next[group]..])];
    }
}
