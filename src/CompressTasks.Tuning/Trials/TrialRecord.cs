using System.Collections.Immutable;

namespace CompressTasks.Tuning;

public enum TrialState
{
    /// <summary>Has a configuration and waits for a worker: enqueued, or its worker died.</summary>
    Waiting,

    /// <summary>A worker holds it.</summary>
    Running,

    /// <summary>Finished with a value for every objective.</summary>
    Complete,

    /// <summary>Stopped early; what it had reported is kept.</summary>
    Pruned,

    /// <summary>Ended in an error or without a number. Counts as run, and samplers avoid its surroundings.</summary>
    Failed,
}

/// <summary>Values of the objectives after one step (epoch) of a trial.</summary>
/// <param name="Step">Counted by the trainer, in ascending order.</param>
/// <param name="Values">One per objective, in the objective's unit.</param>
public sealed record IntermediateReport(int Step, ImmutableArray<double> Values)
{
    /// <summary>The attempt that made it; set by the storage.</summary>
    public int Attempt { get; init; } = 1;
}

/// <summary>What is known of one trial. Immutable: a change makes a new record.</summary>
public sealed record TrialRecord
{
    /// <summary>0, 1, 2 ... in the order of creation; kept when a trial is retried.</summary>
    public required int Number { get; init; }

    public required Configuration Configuration { get; init; }

    public required TrialState State { get; init; }

    /// <summary>One per objective when complete; the last reported ones when pruned; empty when nothing is known.</summary>
    public ImmutableArray<double> Values { get; init; } = [];

    /// <summary>Measured constraints in the order of the study's: at most 0 is satisfied.</summary>
    public ImmutableArray<double> Violations { get; init; } = [];

    /// <summary>In ascending order of steps.</summary>
    public ImmutableArray<IntermediateReport> Reports { get; init; } = [];

    /// <summary>Who suggested it: <c>enqueued</c>, or the sampler's name and what it needs to go on.</summary>
    public required string Origin { get; init; }

    /// <summary>1 on the first run; one more each time the trial is handed out again after its worker died.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Who runs or ran it.</summary>
    public string? Worker { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    /// <summary>Why it was stopped or failed, for people.</summary>
    public string? Note { get; init; }

    public bool IsFinished => State is TrialState.Complete or TrialState.Pruned or TrialState.Failed;

    /// <summary>Whether no measured constraint is violated.</summary>
    public bool IsFeasible => Violations.IsEmpty || Violations.All(violation => violation <= 0);

    /// <summary>Sum of what the violated constraints exceed.</summary>
    public double TotalViolation => Violations.Sum(violation => double.IsNaN(violation) ? double.PositiveInfinity : Math.Max(0, violation));

    /// <summary>What an earlier attempt reported past this step is dropped: the present one may come to something else there.</summary>
    internal TrialRecord WithReport(IntermediateReport report)
    {
        var reports = Reports.RemoveAll(other => other.Step == report.Step || (other.Step > report.Step && other.Attempt < report.Attempt));
        return this with { Reports = reports.Insert(reports.Count(other => other.Step < report.Step), report) };
    }

    /// <summary>A pruned trial takes over what it reported last.</summary>
    internal TrialRecord Ended(TrialOutcome outcome, DateTimeOffset finished) => this with
    {
        State = outcome.State,
        Values = outcome.State == TrialState.Pruned && outcome.Values.IsEmpty && !Reports.IsEmpty ? Reports[^1].Values : outcome.Values,
        Violations = outcome.Violations,
        Note = outcome.Note,
        Finished = finished,
    };
}
