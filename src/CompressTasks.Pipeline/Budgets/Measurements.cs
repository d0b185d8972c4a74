namespace CompressTasks.Pipeline;

/// <summary>What was measured on one written model; null where it was not.</summary>
public sealed record Measurements
{
    /// <summary>Bytes of the model's files.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>Median time of one run, in milliseconds.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>Latency over the original's, from runs that alternate with it; 1 for the original itself. Relative latency budgets are judged by it.</summary>
    public double? LatencyRatio { get; init; }

    public long? Macs { get; init; }

    public long? Flops => 2 * Macs;

    public long? Parameters { get; init; }

    /// <summary>Peak memory of loading and running, in bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>On validation data, at most 1; see <see cref="Training.EvaluationResult.Accuracy"/> for what that is for which labels.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The measurement that budgets of <paramref name="kind"/> are about.</summary>
    public double? Of(BudgetKind kind) => kind switch
    {
        BudgetKind.MaxSize => SizeBytes,
        BudgetKind.MaxLatency => LatencyMs,
        BudgetKind.MaxFlops => Flops,
        BudgetKind.MaxMacs => Macs,
        BudgetKind.MaxParameters => Parameters,
        BudgetKind.MaxMemory => MemoryBytes,
        _ => Accuracy,
    };
}
