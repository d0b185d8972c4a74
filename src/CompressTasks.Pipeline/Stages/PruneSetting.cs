using CompressTasks.Profiling;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What a prune stage works with besides the model.</summary>
sealed record PruneSetting
{
    /// <summary>Concrete input shapes.</summary>
    public required IReadOnlyDictionary<string, long[]> Shapes { get; init; }

    /// <summary>What the cut model may cost.</summary>
    public required CostLimits Limits { get; init; }

    /// <summary>Null where no latency budget is set.</summary>
    public LatencyGoal? Latency { get; init; }

    /// <summary>How layers are timed, for the distribution by milliseconds.</summary>
    public LatencyOptions Timing { get; init; } = new();

    /// <summary>Training data for scores, means and statistics; null to work on the weights alone.</summary>
    public DataSet? Data { get; init; }

    /// <summary>Held-back data for curves of sensitivity; null: the training data.</summary>
    public DataSet? Validation { get; init; }

    /// <summary>What curves of sensitivity are measured on.</summary>
    /// <exception cref="PruningException">CMP0603 without labels.</exception>
    public DataSet CurveData => (Validation ?? Data) is { HasLabels: true } data ? data : throw new PruningException(
        PruningException.CriterionNeedsData,
        "The distribution sensitivity measures a loss and needs labelled data.",
        hint: "Give labelled validation data (or data), or choose another distribution.");

    public OutputKind Outputs { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Makes a training of the given name and recipe; null where nothing is trained.</summary>
    public Func<string, TrainingRecipe, TrainStageRunner>? Training { get; init; }

    /// <summary>Whether training follows the last cut, which makes up for what a cut changes inexactly.</summary>
    public bool IsTrainedAfterwards { get; init; }

    /// <summary>Folder for measurements that are worth keeping between runs.</summary>
    public required string MeasurementFolder { get; init; }

    /// <summary>Path and start of the names of the files that a stopped stage goes on from; null for none.</summary>
    public string? CheckpointPrefix { get; init; }

    public IProgress<ProgressEvent>? Progress { get; init; }
}
