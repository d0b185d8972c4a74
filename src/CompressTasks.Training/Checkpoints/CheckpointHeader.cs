using TorchSharp;

namespace CompressTasks.Training;

/// <summary>All of a training run's state that is not a tensor.</summary>
sealed record CheckpointHeader
{
    /// <summary>SHA-256 over the recipe, the untrained weights and the data: what has to be the same for the run to go on.</summary>
    public required string Run { get; init; }

    /// <summary>That it was trained with, where teachers were asked, whose answers depend on it; else null.</summary>
    public int? Threads { get; init; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done in the epoch that is under way.</summary>
    public int Step { get; init; }

    /// <summary>Sum of the losses of that epoch's samples so far.</summary>
    public double LossSum { get; init; }

    /// <summary>Seconds that the epoch has taken so far.</summary>
    public double Seconds { get; init; }

    public bool WentBack { get; init; }

    public int? BestEpoch { get; init; }

    public double? BestValidation { get; init; }

    public Metric? ValidationMetric { get; init; }

    public IReadOnlyList<EpochResult> History { get; init; } = [];

    public IReadOnlyList<CheckpointTensor> Tensors { get; init; } = [];
}

sealed record CheckpointTensor(string Name, torch.ScalarType Type, long[] Shape);
