namespace CompressTasks.Pipeline;

/// <summary>What a long piece of work is doing.</summary>
/// <param name="Stage">The stage, such as <c>prune</c>; the same text for all events of a stage.</param>
/// <param name="Message">What is being done in it, with its figures, for people; numbers are culture-invariant.</param>
/// <param name="Fraction">How much of the stage is done, 0 to 1; null where that is not known.</param>
public sealed record ProgressEvent(string Stage, string Message, double? Fraction = null);
