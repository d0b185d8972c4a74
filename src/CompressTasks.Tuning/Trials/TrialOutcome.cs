using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>How a trial ended.</summary>
public sealed record TrialOutcome
{
    public required TrialState State { get; init; }

    /// <summary>One per objective when complete.</summary>
    public ImmutableArray<double> Values { get; init; } = [];

    /// <summary>Measured constraints: at most 0 is satisfied.</summary>
    public ImmutableArray<double> Violations { get; init; } = [];

    public string? Note { get; init; }

    public static TrialOutcome Complete(params double[] values) => new() { State = TrialState.Complete, Values = [.. values] };

    /// <summary>Stopped early; the last reported values count as its own.</summary>
    public static TrialOutcome Pruned(string? note = null) => new() { State = TrialState.Pruned, Note = note };

    public static TrialOutcome Failed(string note) => new() { State = TrialState.Failed, Note = note };

    /// <summary>This outcome with the measured constraints, in the order of the study's; at most 0 is satisfied.</summary>
    public TrialOutcome Measured(params double[] violations) => this with { Violations = [.. violations] };
}
