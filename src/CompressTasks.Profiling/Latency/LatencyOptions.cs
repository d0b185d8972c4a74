namespace CompressTasks.Profiling;

/// <summary>How latency is measured. The defaults give differences above about 2 % on a quiet machine.</summary>
public sealed record LatencyOptions
{
    /// <summary>Threads that one operator may use; 1 is the least noisy and the default.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>The execution provider; <c>cpu</c>.</summary>
    public string Provider { get; init; } = "cpu";

    /// <summary>Concrete shapes by input name; dynamic axes of inputs that are not named here are 1.</summary>
    public IReadOnlyDictionary<string, long[]>? Shapes { get; init; }

    /// <summary>
    /// Measured runs of each model; null lets the profiler choose (50, or 200 for a model below a millisecond, more where they are cheap).
    /// </summary>
    public int? Runs { get; init; }

    /// <summary>About how long the measured runs of one model may take; a slow model is run less often, at least five times.</summary>
    public TimeSpan TimeBudget { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Seed of the random inputs.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// The folder for the lock that keeps measurements of several processes apart, and for temporary files; null measures without a lock.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>How long to wait for other measurements on this machine.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Two models whose files have more bytes together are not held in memory at once: they are measured one after the other, original, candidate,
    /// original. 256 MiB at first.
    /// </summary>
    public long SideBySideBytes { get; init; } = 256L << 20;

    internal SessionSettings Session => new() { Threads = Threads, Provider = Provider };
}
