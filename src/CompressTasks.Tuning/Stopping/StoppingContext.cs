using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>What a stopping rule looks at: a trial that has just reported, and all others.</summary>
public sealed class StoppingContext
{
    readonly History _history;
    readonly StudyOptions _options;

    internal StoppingContext(TrialRecord trial, int step, History history, StudyOptions options)
    {
        // A step may be reported again after later ones: those are not what is judged.
        Trial = trial with { Reports = trial.Reports.RemoveAll(report => report.Step > step) };
        _history = history;
        _options = options;
    }

    /// <summary>The trial with its reports up to the newest one.</summary>
    public TrialRecord Trial { get; }

    /// <summary>That was just reported.</summary>
    public int Step => Trial.Reports[^1].Step;

    public ImmutableArray<Objective> Objectives => _options.Objectives;

    public string Study => _options.Name;

    public long Seed => _options.Seed;

    /// <summary>All other trials that have reported or ended.</summary>
    public IEnumerable<TrialRecord> Others => _history.Observations
        .Select(observation => observation.Trial)
        .Where(trial => trial.Number != Trial.Number && trial.State != TrialState.Waiting);
}
