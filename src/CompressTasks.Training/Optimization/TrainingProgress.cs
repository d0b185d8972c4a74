namespace CompressTasks.Training;

/// <summary>Where a training run is.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Of the whole run.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="Steps">Of one epoch.</param>
/// <param name="Loss">Mean over the epoch so far.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="SamplesPerSecond">Of this epoch so far.</param>
/// <param name="Left">Estimate for the rest of the run, validation not counted.</param>
/// <param name="Message">Something that a person should read (an epoch's result, a run that went back), or null.</param>
/// <param name="Validation">What the validation data said at the end of an epoch; null elsewhere. An exception thrown at that moment ends the training, with its checkpoint written.</param>
public sealed record TrainingProgress(
    int Epoch,
    int Epochs,
    int Step,
    int Steps,
    double Loss,
    double LearningRate,
    double SamplesPerSecond,
    TimeSpan Left,
    string? Message = null,
    EvaluationResult? Validation = null);
