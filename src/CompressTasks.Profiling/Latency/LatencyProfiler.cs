namespace CompressTasks.Profiling;

/// <summary>
/// Measures how long ONNX Runtime takes for one run of a model: warm-up first, then single timed runs. Two models are timed in the
/// order A B B A, so that what slows the machine for a while, or drifts, hits both alike. Where both together would not fit into
/// memory, the order is the same with many runs in a row for each letter.
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
        using var alone = MeasurementLock.Acquire(options, cancellation);
        return Latency.Of(Block(model, options, runs => runs, cancellation), options);
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
        if (original.Size + candidate.Size > options.SideBySideBytes) return CompareInBlocks(original, options, candidate, candidateOptions, cancellation);
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

    /// <summary>One session at a time: half of the original's runs before and half after the candidate's.</summary>
    static LatencyComparison CompareInBlocks(
        ModelSource original,
        LatencyOptions options,
        ModelSource candidate,
        LatencyOptions candidateOptions,
        CancellationToken cancellation)
    {
        using var alone = MeasurementLock.Acquire(options, cancellation);
        ResidentMemory.KeepLargeBlocksApart();
        ResidentMemory.GiveBack();
        var before = Block(original, options, runs => (runs + 1) / 2, cancellation);
        ResidentMemory.GiveBack();
        var between = Block(candidate, candidateOptions, runs => Math.Max(runs, 2 * before.Length), cancellation);
        ResidentMemory.GiveBack();
        var after = Block(original, options, _ => between.Length - before.Length, cancellation);
        return new LatencyComparison(Latency.Of([.. before, .. after], options), Latency.Of(between, options)) { InBlocks = true };
    }

    /// <param name="share">How many of the runs that the model alone would get are made.</param>
    static double[] Block(ModelSource model, LatencyOptions options, Func<int, int> share, CancellationToken cancellation)
    {
        using var subject = new TimedModel(model, options);
        var times = new double[share(RunsAfterWarmUp(subject, options, cancellation))];
        for (var i = 0; i < times.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            times[i] = subject.RunMs();
        }

        return times;
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
