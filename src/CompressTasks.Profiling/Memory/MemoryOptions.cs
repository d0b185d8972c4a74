namespace CompressTasks.Profiling;

/// <summary>How peak memory is measured.</summary>
public sealed record MemoryOptions
{
    public int Threads { get; init; } = 1;

    /// <summary>Concrete shapes by input name; dynamic axes of inputs that are not named here are 1.</summary>
    public IReadOnlyDictionary<string, long[]>? Shapes { get; init; }

    /// <summary>Seed of the random inputs.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>After this the measuring process is ended and the measurement fails.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);
}
