using CompressTasks.Profiling;

namespace CompressTasks.Pipeline;

/// <summary>Latency of original and candidate, measured again where one measurement alone would fail the candidate.</summary>
/// <param name="Median">The round with the median ratio, which everything is judged and reported by.</param>
/// <param name="Ratios">The ratio of every round, in the order of measuring.</param>
sealed record RepeatedLatency(LatencyComparison Median, IReadOnlyList<double> Ratios)
{
    const int Rounds = 3;

    /// <summary>A round that keeps the budget is believed. One that misses it may have met a busy machine: the median of three decides.</summary>
    /// <param name="first">The first round.</param>
    /// <param name="isMissed">Whether latency, and nothing else, fails the candidate in a round.</param>
    /// <param name="measureAgain">Measures one more round.</param>
    public static RepeatedLatency Judge(LatencyComparison first, Func<LatencyComparison, bool> isMissed, Func<LatencyComparison> measureAgain)
    {
        if (!isMissed(first)) return new RepeatedLatency(first, [first.Ratio]);
        var rounds = new List<LatencyComparison> { first };
        while (rounds.Count < Rounds) rounds.Add(measureAgain());
        return new RepeatedLatency(rounds.OrderBy(round => round.Ratio).ElementAt(Rounds / 2), [.. rounds.Select(round => round.Ratio)]);
    }
}
