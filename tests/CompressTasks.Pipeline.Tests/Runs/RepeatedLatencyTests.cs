using CompressTasks.Profiling;

namespace CompressTasks.Pipeline.Tests.Runs;

public sealed class RepeatedLatencyTests
{
    [Fact]
    public void A_first_round_that_keeps_the_budget_is_believed()
    {
        var judged = Judge(0.6, 0.5);

        Assert.Equal(0.5, judged.Median.Ratio);
        Assert.Equal([0.5], judged.Ratios);
    }

    [Theory]
    [InlineData(0.5, 0.9, 0.4, 0.5)]
    [InlineData(0.9, 0.9, 0.4, 1.2)]
    [InlineData(0.7, 0.9, 0.7, 0.6)]
    public void A_missed_budget_is_judged_by_the_median_of_three_rounds(double median, params double[] rounds)
    {
        var judged = Judge(0.6, rounds);

        Assert.Equal(median, judged.Median.Ratio, 12);
        Assert.Equal(rounds, judged.Ratios);
    }

    static RepeatedLatency Judge(double limit, params double[] ratios)
    {
        var next = 1;
        return RepeatedLatency.Judge(Round(ratios[0]), round => round.Ratio > limit, () => Round(ratios[next++]));
    }

    static LatencyComparison Round(double ratio) => new(Latency(1), Latency(ratio));

    static Latency Latency(double milliseconds) => new(milliseconds, milliseconds, milliseconds, 0, 5, "cpu", 1);
}
