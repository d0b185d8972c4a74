namespace CompressTasks.Training;

/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean training loss over the epoch's samples.</param>
/// <param name="Validation">The metric on the validation data after the epoch; null without such data.</param>
/// <param name="LearningRate">Of the epoch's last step.</param>
/// <param name="Seconds">Training time, validation not counted.</param>
public sealed record EpochResult(int Epoch, double Loss, double? Validation, double LearningRate, double Seconds);

/// <param name="History">One entry per epoch, those before a resumption included.</param>
/// <param name="ValidationMetric">What <see cref="EpochResult.Validation"/> is; null without validation data.</param>
/// <param name="BestEpoch">Epoch (from 1) with the best validation result; null without validation data.</param>
/// <param name="BestValidation">That result.</param>
/// <param name="SamplesPerSecond">Training samples per second over all epochs.</param>
/// <param name="StoppedEarly">True where epochs were left out: the recipe's patience ran out, or the time limit.</param>
/// <param name="WentBack">True where the loss diverged once and the run went on from the last good epoch at half the rate.</param>
public sealed record TrainingResult(
    IReadOnlyList<EpochResult> History,
    Metric? ValidationMetric,
    int? BestEpoch,
    double? BestValidation,
    double SamplesPerSecond,
    bool StoppedEarly,
    bool WentBack);
