namespace CompressTasks.Tuning;

/// <summary>
/// Draws from the declared beliefs: uniform, uniform in the logarithm, or normal cut off at the bounds. With <see cref="Zooming"/>, most trials
/// are drawn from boxes around the best ones, ever narrower.
/// </summary>
public sealed class RandomSampler : ISampler
{
    const double GlobalShare = 0.2;
    const int WithoutZoom = 8;
    const string ZoomOrigin = "random zoom";

    /// <summary>
    /// A fifth of the draws stays global; the others go into boxes of all sizes around one of the best trials, of which the search moves in all parameters
    /// or only in some.
    /// </summary>
    public bool Zooming { get; init; }

    public Proposal? Propose(SamplingContext context)
    {
        var random = context.Random(1);
        var encoding = context.History.Encoding;
        if (Zooming && Zoom(context, ref random) is { } zoomed)
            return new(encoding.Decode(zoomed), ZoomOrigin);
        return new(encoding.Decode(encoding.Draw(ref random)), "random");
    }

    static double[]? Zoom(SamplingContext context, ref RandomStream random)
    {
        var history = context.History;
        var ranked = Ranking.Best(history, 4);
        if (history.FinishedCount < WithoutZoom || ranked.Count == 0 || random.NextDouble() < GlobalShare)
            return null;
        var width = Math.Min(1, Width(history) * Math.Pow(2, (random.NextDouble() * 3) - 1.5));
        var centre = history.Observations[ranked[random.NextDouble() < 0.75 ? 0 : random.Next(ranked.Count)]].Point!;
        return random.NextDouble() < 0.5
            ? Neighbourhood.Draw(history.Encoding, centre, width, ref random)
            : Neighbourhood.DrawSparse(history.Encoding, centre, width, ref random);
    }

    /// <summary>Wider after each success of a zoomed trial, narrower after failures, so that about every fifth succeeds (Rechenberg's rule).</summary>
    static double Width(History history)
    {
        var width = 0.5;
        var best = double.PositiveInfinity;
        foreach (var observation in history.Observations)
        {
            if (!observation.Trial.IsFinished)
                continue;
            var success = observation.Trial.State == TrialState.Complete && observation.Losses[0] < best && history.IsFeasible(observation.Trial);
            if (success)
                best = observation.Losses[0];
            if (observation.Trial.Origin == ZoomOrigin)
                width = Math.Clamp(width * Math.Pow(1.5, success ? 1 : -0.25), 1e-6, 0.5);
        }

        return width;
    }
}
