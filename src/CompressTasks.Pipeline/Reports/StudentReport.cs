using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Students;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Where the student came from.</summary>
/// <param name="Source">The file's name, or <c>auto</c>.</param>
/// <param name="Taken">The number of the candidate that went on, from 1.</param>
/// <param name="Why">In a sentence.</param>
public sealed record StudentReport(string Source, int Taken, string Why, IReadOnlyList<StudentCandidate> Candidates);

/// <summary>A student that was proposed: a shape, and the weights that it starts with.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Proposal">Number of its shape, from 1.</param>
/// <param name="Weights">What they come from.</param>
/// <param name="Blocks">The original's blocks that it lacks.</param>
/// <param name="Widths">The original's stages and their widths in it; empty for a file.</param>
/// <param name="Cost">Counted on the model before any training.</param>
/// <param name="Latency">Share of the original's, where a latency budget asked for it.</param>
/// <param name="Trial">Null where it was not tried.</param>
public sealed record StudentCandidate(int Number, int Proposal, StudentWeights Weights, IReadOnlyList<string> Blocks, IReadOnlyList<StageWidth> Widths, Cost Cost, double? Latency, StudentTrial? Trial);

/// <summary>How a candidate did after a short training.</summary>
/// <param name="Metric">What was measured on data that it was not trained on; null where the training diverged.</param>
/// <param name="Value">After the best epoch.</param>
/// <param name="Seconds">Training time.</param>
public sealed record StudentTrial(int Epochs, Metric? Metric, double? Value, double Seconds)
{
    /// <summary>For people, such as <c>Accuracy 0.8312</c>.</summary>
    public override string ToString() => Value is { } value ? FormattableString.Invariant($"{Metric} {value:G4}") : "no result";

    internal bool IsBetterThan(StudentTrial other) =>
        this is { Metric: { } metric, Value: { } value } && (other.Value is not { } rival || new EvaluationResult(metric, value, 0, 0).IsBetterThan(rival));
}
