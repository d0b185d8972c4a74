namespace CompressTasks.Profiling;

/// <summary>What is measured of a model beside its size and counts.</summary>
public sealed record ProfileOptions
{
    /// <summary>How latency, memory and node times are measured; its shapes are those that costs are counted at.</summary>
    public LatencyOptions Latency { get; init; } = new();

    /// <summary>True to measure peak memory in a process of its own.</summary>
    public bool Memory { get; init; } = true;

    /// <summary>True to measure how long each node takes.</summary>
    public bool NodeTimes { get; init; } = true;

    /// <summary>Told what is being measured.</summary>
    public IProgress<string>? Progress { get; init; }
}
