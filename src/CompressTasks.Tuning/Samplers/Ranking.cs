namespace CompressTasks.Tuning;

/// <summary>Which trials are better: feasible complete ones by value, then pruned, then infeasible, then failed ones (Deb's rule).</summary>
static class Ranking
{
    /// <summary>Numbers of the finished trials that lie in the space, the best first. Those with a class of their own are complete and feasible.</summary>
    public static List<int> Order(History history)
    {
        var complete = new List<int>();
        var pruned = new List<int>();
        var infeasible = new List<int>();
        var failed = new List<int>();
        foreach (var observation in history.Observations)
        {
            if (observation.IsRunning || observation.Point is null)
                continue;
            var trial = observation.Trial;
            var group = trial.State == TrialState.Failed ? failed
                : !history.IsFeasible(trial) ? infeasible
                : trial.State == TrialState.Pruned ? pruned
                : complete;
            group.Add(trial.Number);
        }

        SortComplete(history, complete);
        var seen = history.Observations;
        pruned.Sort((left, right) => Compare(
            (-LastStep(seen[left].Trial), LastLoss(seen[left]), left),
            (-LastStep(seen[right].Trial), LastLoss(seen[right]), right)));
        infeasible.Sort((left, right) => Compare((seen[left].Trial.TotalViolation, 0, left), (seen[right].Trial.TotalViolation, 0, right)));
        complete.AddRange(pruned);
        complete.AddRange(infeasible);
        complete.AddRange(failed);
        return complete;
    }

    /// <summary>The best complete and feasible trials, at most <paramref name="count"/>.</summary>
    public static List<int> Best(History history, int count)
    {
        var complete = history.Observations
            .Where(observation => observation.Trial.State == TrialState.Complete && observation.Point is not null && history.IsFeasible(observation.Trial))
            .Select(observation => observation.Trial.Number)
            .ToList();
        SortComplete(history, complete);
        if (complete.Count > count)
            complete.RemoveRange(count, complete.Count - count);
        return complete;
    }

    static void SortComplete(History history, List<int> complete)
    {
        var seen = history.Observations;
        if (history.Objectives.Length == 1)
        {
            var keys = new double[complete.Count];
            var numbers = complete.ToArray();
            for (var i = 0; i < keys.Length; i++)
                keys[i] = seen[numbers[i]].Losses[0];
            // Equal losses keep the order of their numbers.
            Array.Sort(keys, numbers);
            for (var from = 0; from < keys.Length;)
            {
                var to = from + 1;
                while (to < keys.Length && keys[to] == keys[from])
                    to++;
                if (to - from > 1)
                    Array.Sort(numbers, from, to - from);
                from = to;
            }

            complete.Clear();
            complete.AddRange(numbers);
            return;
        }

        var losses = complete.Select(number => seen[number].Losses).ToList();
        var ranks = ParetoOrder.Ranks(losses);
        var crowding = new double[complete.Count];
        foreach (var front in Enumerable.Range(0, complete.Count).GroupBy(i => ranks[i]))
        {
            var members = front.ToArray();
            var distances = ParetoOrder.Crowding([.. members.Select(i => losses[i])]);
            for (var i = 0; i < members.Length; i++)
                crowding[members[i]] = distances[i];
        }

        var order = Enumerable.Range(0, complete.Count).OrderBy(i => ranks[i]).ThenByDescending(i => crowding[i]).ThenBy(i => complete[i]);
        var sorted = order.Select(i => complete[i]).ToList();
        complete.Clear();
        complete.AddRange(sorted);
    }

    static int LastStep(TrialRecord trial) => trial.Reports.IsEmpty ? int.MinValue + 1 : trial.Reports[^1].Step;

    static double LastLoss(Observation observation) =>
        observation.Losses.Length == 0 || double.IsNaN(observation.Losses[0]) ? double.PositiveInfinity : observation.Losses[0];

    static int Compare((double First, double Second, int Number) left, (double First, double Second, int Number) right) => left.CompareTo(right);
}
