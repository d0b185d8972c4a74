namespace CompressTasks.Tuning;

/// <summary>
/// Draws from the declared beliefs: uniform, uniform in the logarithm, or normal cut off at the bounds. With <see cref="Zooming"/>, half of the trials
/// are drawn from boxes around the best ones, ever narrower.
/// </summary>
public sealed class RandomSampler : ISampler
{
    /// <summary>
    /// Half of the draws stay global; a quarter goes into boxes of a quarter of the range, a quarter into boxes of a sixteenth and less, centred on one of the
    /// best trials.
    /// </summary>
    public bool Zooming { get; init; }

    public Proposal? Propose(SamplingContext context)
    {
        var random = context.Random(1);
        var encoding = context.History.Encoding;
        if (Zooming && Zoom(context, ref random) is { } zoomed)
            return new(encoding.Decode(zoomed), "random zoom");
        return new(encoding.Decode(encoding.Draw(ref random)), "random");
    }

    static double[]? Zoom(SamplingContext context, ref RandomStream random)
    {
        var history = context.History;
        var ranked = Ranking.Best(history, 3);
        if (history.FinishedCount < 5 || ranked.Count == 0)
            return null;
        var kind = random.NextDouble();
        if (kind < GlobalShare(context))
            return null;
        // Deeper as trials accumulate: from a quarter of the range down to what that many trials can resolve.
        var deepest = 2 + (Math.Log2(Math.Max(1, history.FinishedCount / 10.0)) * 1.2);
        var width = Math.Pow(2, -2 - (random.NextDouble() * deepest));
        var centre = history.Observations[ranked[random.NextDouble() < 0.75 ? 0 : random.Next(ranked.Count)]].Point!;
        return Neighbourhood.Draw(history.Encoding, centre, width, ref random);
    }

    static double GlobalShare(SamplingContext context) =>
        context.TotalTrials is { } total && context.Number > total * 0.5 ? 0.2 : 0.4;
}
