using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>One model of a sweep.</summary>
/// <param name="Criterion">As recipes spell it.</param>
/// <param name="Asked">Share that was to go.</param>
/// <param name="Achieved">Share that went: of the weights where they are set to zero, of the MACs where units are removed.</param>
/// <param name="Macs">Multiply-accumulates.</param>
/// <param name="Parameters">Trainable weights.</param>
/// <param name="NonZero">Those that are not zero.</param>
/// <param name="SizeBytes">Of the file as written.</param>
/// <param name="BeforeRecovery">Quality on the validation data right after pruning, in ONNX Runtime.</param>
/// <param name="AfterRecovery">And after training, by the weights of the last epoch; null where there was none, also where the degree is out of reach.</param>
public sealed record SweepPoint(
    string Criterion,
    double Asked,
    double Achieved,
    long Macs,
    long Parameters,
    long NonZero,
    long SizeBytes,
    EvaluationResult BeforeRecovery,
    EvaluationResult? AfterRecovery);

/// <summary>Quality against the degree of pruning. The content of sweep.json.</summary>
/// <param name="Model">The model's file name.</param>
/// <param name="Granularity">What went as a whole.</param>
/// <param name="Original">Quality of the model as it was.</param>
/// <param name="Points">By criterion, then by what was asked.</param>
public sealed record SweepReport(int SchemaVersion, string Tool, string Model, string Granularity, int Seed, EvaluationResult Original, IReadOnlyList<SweepPoint> Points);
