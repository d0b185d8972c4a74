namespace CompressTasks.Tuning;

/// <summary>
/// A box around the best trial, for a process of its own, fitted to the trials near it: one stationary process over the whole space is not exact enough to
/// finish (Eriksson et al. 2019). It widens when a suggestion from it succeeds and narrows when not.
/// </summary>
/// <param name="Centre">The coordinates of the best trial.</param>
/// <param name="Width">Of the box along every axis; the space's is 1.</param>
sealed record TrustRegion(double[] Centre, double Width)
{
    /// <summary>Of the trials suggested from here.</summary>
    public const string Origin = "gp local";

    /// <summary>Below this the process has nothing left to find.</summary>
    public const double Narrowest = 1e-5;

    const double Widest = 0.8;
    const double Widening = 1.5;
    const double Narrowing = 0.8;

    /// <returns>Null without a complete, feasible trial.</returns>
    public static TrustRegion? Of(History history)
    {
        var best = double.PositiveInfinity;
        var (centre, width) = (default(double[]), Widest / 2);
        foreach (var (trial, losses, point) in history.Observations.Select(observation => (observation.Trial, observation.Losses, observation.Point)))
        {
            if (!trial.IsFinished || point is null)
                continue;
            var success = trial.State == TrialState.Complete && losses[0] < best && history.IsFeasible(trial);
            if (success)
                (best, centre) = (losses[0], point);
            if (trial.Origin == Origin)
                width = Math.Min(Widest, width * (success ? Widening : Narrowing));
        }

        return centre is null ? null : new(centre, Math.Max(width, Narrowest / 2));
    }
}
