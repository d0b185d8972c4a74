namespace CompressTasks.Profiling.Tests;

public sealed class LatencyProfilerTests
{
    [Fact]
    public void A_model_of_many_layers_takes_several_times_as_long_as_one_layer()
    {
        var comparison = LatencyProfiler.Compare(SmallModels.Dense(256, layers: 8).Bytes(), SmallModels.Dense(256).Bytes(), Quick);

        Assert.InRange(comparison.Ratio, 0.01, 0.7);
        Assert.Equal(comparison.Original.Runs, comparison.Candidate.Runs);
    }

    [Fact]
    public void Models_too_large_to_be_held_together_are_measured_in_blocks()
    {
        var (original, candidate) = (SmallModels.Dense(256, layers: 8).Bytes(), SmallModels.Dense(256).Bytes());

        var comparison = LatencyProfiler.Compare(original, candidate, Quick with { SideBySideBytes = original.Length + candidate.Length - 1 });

        Assert.True(comparison.InBlocks);
        Assert.InRange(comparison.Ratio, 0.01, 0.7);
        Assert.Equal(comparison.Original.Runs, comparison.Candidate.Runs);
        Assert.False(LatencyProfiler.Compare(original, candidate, Quick with { SideBySideBytes = original.Length + candidate.Length }).InBlocks);
    }

    [Fact]
    public void Figures_of_one_measurement_are_ordered_and_positive()
    {
        var latency = LatencyProfiler.Measure(SmallModels.Dense(32).Bytes(), Quick);

        Assert.True(latency.MinMs > 0);
        Assert.InRange(latency.MedianMs, latency.MinMs, latency.P90Ms);
        Assert.True(latency.SpreadMs >= 0);
        Assert.True(latency.Runs >= 200);
        Assert.Equal(("cpu", 1), (latency.Provider, latency.Threads));
    }

    [Fact]
    public void Statistics_are_those_of_a_textbook()
    {
        var latency = Latency.Of([9, 1, 2, 3, 4, 5, 6, 7, 8, 100], new LatencyOptions());

        // Median of ten is the mean of the fifth and sixth; deviations from 5.5 are .5 .5 1.5 1.5 2.5 2.5 3.5 3.5 4.5 94.5.
        Assert.Equal((5.5, 9, 1, 2.5, 10), (latency.MedianMs, latency.P90Ms, latency.MinMs, latency.SpreadMs, latency.Runs));
    }

    [Theory]
    [InlineData(0.01, 1000)] // cheap: a second would allow 100,000
    [InlineData(2, 500)]
    [InlineData(5, 200)]
    [InlineData(20, 50)]
    [InlineData(500, 20)] // ten seconds' worth
    [InlineData(60_000, 5)]
    public void Runs_follow_from_the_time_of_one_run(double milliseconds, int runs) =>
        Assert.Equal(runs, LatencyProfiler.RunsFor(milliseconds, new LatencyOptions()));

    [Fact]
    public void The_number_of_runs_can_be_chosen() =>
        Assert.Equal(7, LatencyProfiler.Measure(SmallModels.Dense(8).Bytes(), Quick with { Runs = 7 }).Runs);

    [Fact]
    public void A_second_measurement_waits_for_the_first_and_gives_up_when_told()
    {
        var folder = Directory.CreateTempSubdirectory("compress-lock");
        try
        {
            var options = Quick with { CacheFolder = folder.FullName, LockTimeout = TimeSpan.FromMilliseconds(120) };
            using (MeasurementLock.Acquire(options, default))
            {
                var error = Assert.Throws<ProfilingException>(() => LatencyProfiler.Measure(SmallModels.Dense(8).Bytes(), options));
                Assert.Equal("CMP0306", error.Code);
            }

            Assert.True(LatencyProfiler.Measure(SmallModels.Dense(8).Bytes(), options).MedianMs > 0);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_lock_folder_that_cannot_be_made_is_an_error_at_once()
    {
        var file = Path.GetTempFileName();
        try
        {
            var options = Quick with { CacheFolder = Path.Combine(file, "cache"), LockTimeout = TimeSpan.FromHours(1) };
            Assert.Equal("CMP0306", Assert.Throws<ProfilingException>(() => MeasurementLock.Acquire(options, default)).Code);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Cancellation_ends_the_wait_and_the_measurement()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => LatencyProfiler.Measure(SmallModels.Dense(8).Bytes(), Quick, cancelled.Token));
    }

    static LatencyOptions Quick => new() { TimeBudget = TimeSpan.FromSeconds(2) };
}
