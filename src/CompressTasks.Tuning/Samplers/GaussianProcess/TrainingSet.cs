namespace CompressTasks.Tuning;

/// <summary>What a Gaussian process learns from: features and warped losses of finished trials, scaled constraints, and the pending trials.</summary>
sealed class TrainingSet
{
    const int BestCount = 5;

    public required double[][] Points { get; init; }

    /// <summary>Warped: mean 0, deviation 1.</summary>
    public required double[] Targets { get; init; }

    public required bool[] IsFeasible { get; init; }

    /// <summary>Scaled measured constraints, and where on their scale the limit lies.</summary>
    public required IReadOnlyList<(double[] Targets, double Limit)> Constraints { get; init; }

    public required double[][] Pending { get; init; }

    /// <summary>Coordinates (not features) of the best trials.</summary>
    public required IReadOnlyList<double[]> BestPoints { get; init; }

    /// <param name="most">So many trials at most: of a region the nearest to its middle, else the best and the newest.</param>
    public static TrainingSet Of(History history, SamplingContext context, Features features, int most)
    {
        var ranked = Ranking.Order(history);
        var used = ranked;
        if (features.Region is { } box)
        {
            used = [.. ranked.OrderBy(number => Distance(features, history.Observations[number].Point!, box.Centre)).Take(most)];
        }
        else if (ranked.Count > most)
        {
            // The best half of the room, then the newest of the others.
            var best = ranked.Take(most / 2).ToList();
            used = [.. best, .. ranked.Skip(most / 2).OrderDescending().Take(most - best.Count)];
        }

        var observations = used.Select(number => history.Observations[number]).ToArray();
        var losses = observations.Select(observation => Loss(observation, history, context)).ToArray();
        return new()
        {
            Points = [.. observations.Select(observation => features.Of(observation.Point!))],
            Targets = OutputWarp.Apply(losses),
            IsFeasible = [.. observations.Select(observation => observation.Trial.State != TrialState.Failed && history.IsFeasible(observation.Trial))],
            Constraints = Limits(observations),
            Pending =
            [
                .. history.Observations
                    .Where(observation => observation.IsRunning && observation.Point is not null)
                    .Select(observation => features.Of(observation.Point!)),
            ],
            BestPoints = [.. ranked.Take(BestCount).Select(number => history.Observations[number].Point!)],
        };
    }

    /// <summary>The largest difference along an axis; another choice is half of the space away.</summary>
    static double Distance(Features features, double[] point, double[] centre)
    {
        var distance = 0.0;
        for (var axis = 0; axis < point.Length; axis++)
        {
            var both = !double.IsNaN(point[axis]) && !double.IsNaN(centre[axis]);
            distance = Math.Max(distance, both && !features.Choices[axis] ? Math.Abs(point[axis] - centre[axis]) : point[axis].Equals(centre[axis]) ? 0 : 0.5);
        }

        return distance;
    }

    static double Loss(Observation observation, History history, SamplingContext context)
    {
        if (observation.Trial.State == TrialState.Failed || observation.Losses.Length == 0)
            return double.NaN;
        return history.Objectives.Length == 1 ? observation.Losses[0] : Scalarization.Of(history, observation.Losses, context);
    }

    static List<(double[], double)> Limits(Observation[] observations)
    {
        var count = observations.Max(observation => observation.Trial.Violations.Length);
        var limits = new List<(double[], double)>();
        for (var constraint = 0; constraint < count; constraint++)
        {
            var at = constraint;
            var known = observations.Select(observation => at < observation.Trial.Violations.Length ? observation.Trial.Violations[at] : double.NaN).ToArray();
            var finite = known.Where(double.IsFinite).DefaultIfEmpty(0).ToArray();
            var mean = finite.Average();
            var deviation = Math.Max(1e-12, Math.Sqrt(finite.Average(value => (value - mean) * (value - mean))));
            // What failed before it was measured counts as neither good nor bad.
            var scaled = known.Select(value => double.IsFinite(value) ? Math.Clamp((value - mean) / deviation, -5, 5) : value > 0 ? 5 : 0);
            limits.Add(([.. scaled], (0 - mean) / deviation));
        }

        return limits;
    }
}
