using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What <c>compress sweep</c> asks for: the quality of one model against how much of it is pruned, by several criteria.</summary>
public sealed record SweepRequest
{
    public required string Model { get; init; }

    /// <summary>Gets the tables, the chart, and a folder with one file for each finished point.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>For scores and recovery; null: neither data-driven criteria nor recovery.</summary>
    public string? TrainingData { get; init; }

    /// <summary>What quality is measured on; labelled.</summary>
    public required string ValidationData { get; init; }

    /// <summary>Shares that are to go, 0 to below 1; 0 is the model itself, trained as long as the others.</summary>
    public required IReadOnlyList<double> Sparsities { get; init; }

    public required IReadOnlyList<Criterion> Criteria { get; init; }

    /// <summary>How a point is pruned; criterion and sparsity are the point's own.</summary>
    public required PruneStage Stage { get; init; }

    /// <summary>Training after the cut; null for none.</summary>
    public TrainingStage? Recovery { get; init; }

    public Preprocessing Preprocessing { get; init; } = Preprocessing.Default;

    public int Seed { get; init; } = 1;

    public int? Threads { get; init; }

    public required string CacheDirectory { get; init; }
}
