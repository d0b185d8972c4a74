namespace CompressTasks.Tuning;

/// <summary>
/// Where studies live. Every method is one transaction: of two workers that call at once, one comes first. Methods are thread safe. Errors of the place
/// itself are <see cref="TuningException"/>s with the code CMP0905.
/// </summary>
public interface IStudyStorage : IDisposable
{
    /// <summary>Whether workers of other processes may hold trials here, so that trials are leased and leases have to be renewed.</summary>
    bool IsShared { get; }

    /// <summary>Makes a study where there is none of that name. In one that is there, trials of processes that are known to have ended wait for a worker again.</summary>
    /// <returns>Its definition as stored: <paramref name="definition"/>, or that of the study that was there.</returns>
    string Open(string study, string definition);

    /// <summary>Replaces the definition, when the space has grown.</summary>
    void Redefine(string study, string definition);

    /// <summary>All trials that changed since a revision; 0 for all.</summary>
    StudyChanges Read(string study, long since);

    /// <summary>Hands out a trial: a waiting one, or a new one from <see cref="ClaimRequest.Propose"/>, whose call is part of the transaction.</summary>
    Claim Claim(string study, ClaimRequest request);

    /// <summary>Adds waiting trials, to be handed out before any new one. Those beyond the total keep waiting.</summary>
    void Enqueue(string study, IReadOnlyList<Configuration> configurations);

    /// <summary>Ends a trial.</summary>
    /// <returns>False when this attempt does not hold the trial any more: its lease ran out and another worker has it.</returns>
    bool Finish(string study, int number, int attempt, TrialOutcome outcome);

    /// <summary>Records intermediate values; a step that was reported before is replaced, and later steps that an earlier attempt reported are dropped.</summary>
    /// <returns>False when this attempt does not hold the trial any more.</returns>
    bool Report(string study, int number, int attempt, IntermediateReport report);

    /// <summary>Renews the lease of a running trial.</summary>
    /// <returns>False when this attempt does not hold the trial any more.</returns>
    bool KeepAlive(string study, int number, int attempt);

    /// <summary>Gives a running trial back, to be handed out again (the worker stops before its end).</summary>
    void Release(string study, int number, int attempt);

    /// <summary>The names of all studies, in alphabetical order.</summary>
    IReadOnlyList<string> Studies();

    /// <summary>Removes a study with all its trials; nothing happens where there is none.</summary>
    void Delete(string study);
}

/// <summary>What changed in a study.</summary>
/// <param name="Revision">To ask for later changes with.</param>
/// <param name="Trials">In the order of their numbers.</param>
public sealed record StudyChanges(long Revision, IReadOnlyList<TrialRecord> Trials);

/// <summary>A worker's wish for a trial.</summary>
/// <param name="Worker">Its name, unique among the living ones.</param>
/// <param name="TotalTrials">No trial is handed out beyond this number, those that run or were run before counted in; null for no limit.</param>
/// <param name="Lease">How long a worker is believed to live without a sign of life.</param>
/// <param name="Since">The revision up to which the worker knows the study.</param>
/// <param name="Propose">
/// Suggests a new trial from the changes since; null when there is nothing left to try. The revision that it is told lies before that of the new trial,
/// which the worker reads as any other change; and it counts even when the claim fails afterwards.
/// </param>
public sealed record ClaimRequest(string Worker, int? TotalTrials, TimeSpan Lease, long Since, Func<StudyChanges, Proposal?> Propose)
{
    /// <summary>What a waiting trial's configuration is in the worker's space; replaces the stored one when the trial is handed out.</summary>
    public Func<Configuration, Configuration> Adapt { get; init; } = configuration => configuration;
}

public enum ClaimStatus
{
    /// <summary>A trial was handed out.</summary>
    Claimed,

    /// <summary>All trials are handed out, but some are still running and would be handed out again if their workers died.</summary>
    Busy,

    /// <summary>The study has its total number of finished trials.</summary>
    Finished,

    /// <summary>The sampler has nothing left to suggest.</summary>
    Exhausted,
}

/// <param name="Trial">The trial, when one was handed out.</param>
public sealed record Claim(ClaimStatus Status, TrialRecord? Trial = null);
