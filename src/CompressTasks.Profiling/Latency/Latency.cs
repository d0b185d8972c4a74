namespace CompressTasks.Profiling;

/// <summary>How long one run of a model takes, in milliseconds, over the measured runs.</summary>
/// <param name="MedianMs">The median, which is what budgets and reports mean by latency.</param>
/// <param name="P90Ms">The time that nine of ten runs stay within (nearest rank).</param>
/// <param name="MinMs">The fastest run, the figure least disturbed by other work on the machine.</param>
/// <param name="SpreadMs">Median absolute deviation from the median.</param>
/// <param name="Runs">How many runs were measured, warm-up excluded.</param>
/// <param name="Provider">The execution provider.</param>
/// <param name="Threads">Threads that one operator may use.</param>
public sealed record Latency(double MedianMs, double P90Ms, double MinMs, double SpreadMs, int Runs, string Provider, int Threads)
{
    /// <param name="milliseconds">At least one time; sorted by this method.</param>
    internal static Latency Of(double[] milliseconds, LatencyOptions options)
    {
        Array.Sort(milliseconds);
        var median = Median(milliseconds);
        var deviations = Array.ConvertAll(milliseconds, time => Math.Abs(time - median));
        Array.Sort(deviations);
        var rank = (int)Math.Ceiling(0.9 * milliseconds.Length);
        return new Latency(
            median,
            milliseconds[rank - 1],
            milliseconds[0],
            Median(deviations),
            milliseconds.Length,
            options.Provider.ToLowerInvariant(),
            options.Threads);
    }

    static double Median(double[] sorted)
    {
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>Original and candidate measured side by side.</summary>
public sealed record LatencyComparison(Latency Original, Latency Candidate)
{
    /// <summary>True where the models were too large to alternate run by run (<see cref="LatencyOptions.SideBySideBytes"/>).</summary>
    public bool InBlocks { get; init; }

    /// <summary>Candidate's median over the original's: 0.5 is twice as fast. Differences below about 2 % are noise.</summary>
    public double Ratio => Candidate.MedianMs / Original.MedianMs;

    /// <summary>The same of the fastest runs, as a check of <see cref="Ratio"/> on a busy machine.</summary>
    public double MinRatio => Candidate.MinMs / Original.MinMs;
}
