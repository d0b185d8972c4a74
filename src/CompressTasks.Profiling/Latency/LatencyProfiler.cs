namespace CompressTasks.Profiling;

/// <summary>
/// Measures how long ONNX Runtime takes for one run of a model: warm-up first, then single timed runs. Two models are timed in the
/// order A B B A, so that what slows the machine for a while, or drifts, hits both alike.
/// </summary>
public static class LatencyProfiler
{
    const int FewestRuns = 5, MostRuns = 1000;

    /// <summary>Runs are cheap below this total, so more of them are taken to steady the median.</summary>
    static readonly TimeSpan CheapTotal = TimeSpan.FromSeconds(1);

    /// <exception cref="ProfilingException">CMP0303 to CMP0306, CMP0308.</exception>
    public static Latency Measure(ModelSource model, LatencyOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new LatencyOptions();
        using var subject = new TimedModel(model, options);
        using var alone = MeasurementLock.Acquire(options, cancellation);
        var times = new double[RunsAfterWarmUp(subject, options, cancellation)];
        for (var i = 0; i < times.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            times[i] = subject.RunMs();
        }

        return Latency.Of(times, options);
    }

    /// <summary>Both models get the same number of runs, the larger of what each alone would get.</summary>
    /// <exception cref="ProfilingException">CMP0303 to CMP0306, CMP0308.</exception>
    public static LatencyComparison Compare(
        ModelSource original, ModelSource candidate, LatencyOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new LatencyOptions();
        return Compare(original, options, candidate, options, cancellation);
    }

    /// <summary>The same for models whose inputs have different shapes; everything else is taken from <paramref name="options"/>.</summary>
    internal static LatencyComparison Compare(
        ModelSource original,
        LatencyOptions options,
        ModelSource candidate,
        LatencyOptions candidateOptions,
        CancellationToken cancellation)
    {
        using var first = new TimedModel(original, options);
        using var second = new TimedModel(candidate, candidateOptions);
        using var alone = MeasurementLock.Acquire(options, cancellation);
        var runs = Math.Max(RunsAfterWarmUp(first, options, cancellation), RunsAfterWarmUp(second, options, cancellation));
        var originalTimes = new double[runs];
        var candidateTimes = new double[runs];
        for (var i = 0; i < runs; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (i % 2 == 0)
            {
                originalTimes[i] = first.RunMs();
                candidateTimes[i] = second.RunMs();
            }
            else
            {
                candidateTimes[i] = second.RunMs();
                originalTimes[i] = first.RunMs();
            }
        }

        return new LatencyComparison(Latency.Of(originalTimes, options), Latency.Of(candidateTimes, options));
    }

    /// <summary>
    /// Warms the model up (10 runs, 30 for one below a millisecond, fewer for one so slow that they would take a fifth of the budget)
    /// and says how often it is to be measured.
    /// </summary>
    static int RunsAfterWarmUp(TimedModel model, LatencyOptions options, CancellationToken cancellation)
    {
        var bound = options.TimeBudget.TotalMilliseconds / 5;
        var (fastest, spent) = (double.MaxValue, 0.0);
        for (var i = 0; i < 2 || (i < (fastest < 1 ? 30 : 10) && spent < bound); i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var time = model.RunMs();
            spent += time;
            fastest = Math.Min(fastest, time);
        }

        return RunsFor(fastest, options);
    }

    internal static int RunsFor(double milliseconds, LatencyOptions options)
    {
        if (options.Runs is { } chosen) return Math.Max(1, chosen);
        var wanted = Math.Max(milliseconds < 1 ? 200 : 50, (int)Math.Min(MostRuns, CheapTotal.TotalMilliseconds / milliseconds));
        var affordable = (int)Math.Min(MostRuns, options.TimeBudget.TotalMilliseconds / milliseconds);
        return Math.Max(FewestRuns, Math.Min(wanted, affordable));
    }
}
