using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>What a stopping rule looks at: a trial that has just reported, and all others.</summary>
public sealed class StoppingContext
{
    readonly History _history;
    readonly StudyOptions _options;

    internal StoppingContext(TrialRecord trial, History history, StudyOptions options)
    {
        Trial = trial;
        _history = history;
        _options = options;
    }

    /// <summary>The trial, its newest report included.</summary>
    public TrialRecord Trial { get; }

    public int Step => Trial.Reports[^1].Step;

    public ImmutableArray<Objective> Objectives => _options.Objectives;

    public string Study => _options.Name;

    public long Seed => _options.Seed;

    /// <summary>All other trials that have reported or ended.</summary>
    public IEnumerable<TrialRecord> Others => _history.Observations
        .Select(observation => observation.Trial)
        .Where(trial => trial.Number != Trial.Number && trial.State != TrialState.Waiting);
}
