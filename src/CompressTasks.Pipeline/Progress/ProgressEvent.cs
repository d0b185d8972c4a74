namespace CompressTasks.Pipeline;

/// <summary>One line of progress.</summary>
/// <param name="Stage">baseline, plan, prune, distill, verify ...</param>
/// <param name="Message">For people; numbers are culture-invariant.</param>
/// <param name="Fraction">Share of the stage that is done, 0 to 1; null where that is not known.</param>
public sealed record ProgressEvent(string Stage, string Message, double? Fraction = null);
