using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>Everything about a study but its space. What is not stored (limits, sampler, stopping rule) may change when a study is opened again.</summary>
public sealed record StudyOptions
{
    /// <summary>Unique in the storage.</summary>
    public string Name { get; init; } = "study";

    /// <summary>At least one; part of the stored study.</summary>
    public ImmutableArray<Objective> Objectives { get; init; } = [new("value")];

    /// <summary>Names of the constraints that a trial measures (latency); part of the stored study. Known ones belong to the space.</summary>
    public ImmutableArray<string> Measured { get; init; } = [];

    /// <summary>
    /// What else the trials' values depend on, such as a hash of program and data; part of the stored study, which is refused where it says another one. Null where it is not
    /// said: that fits every study.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary><see cref="AutoSampler"/> when null.</summary>
    public ISampler? Sampler { get; init; }

    /// <summary>Decides after each report whether a trial goes on; null for never.</summary>
    public IStoppingRule? Stopping { get; init; }

    public long Seed { get; init; }

    /// <summary>Running the same configuration again may give another value, so it may be suggested again.</summary>
    public bool Noisy { get; init; }

    /// <summary>How many trials the study has in the end, those of earlier runs counted in; null for no limit.</summary>
    public int? TotalTrials { get; init; }

    /// <summary>How long this process hands out trials; those that run are still finished.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>A feasible trial of the present space whose first objective is at least this good ends the study.</summary>
    public double? Target { get; init; }

    /// <summary>This many finished trials without a better one end the study.</summary>
    public int? Patience { get; init; }

    /// <summary>A new <see cref="MemoryStorage"/> when null. The study does not dispose of it.</summary>
    public IStudyStorage? Storage { get; init; }

    /// <summary>
    /// This worker's name; made of machine, process and a random part when null. Others on the machine then see at once that the process ended, and do not
    /// wait for its lease.
    /// </summary>
    public string? Worker { get; init; }

    /// <summary>How long a worker of a shared storage may be silent before its trial is given to another. It shows itself four times in that time.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What time it is: for the time limit.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal void Check()
    {
        if (Name.Length == 0)
            throw Wrong("has no name");
        if (Objectives.IsDefaultOrEmpty || Objectives.Select(objective => objective.Name).Distinct().Count() != Objectives.Length)
            throw Wrong("has no objective, or two of one name");
        if (TotalTrials < 1 || Patience < 1)
            throw Wrong("has a number of trials or a patience below 1");
        if (TimeLimit <= TimeSpan.Zero || Lease < TimeSpan.FromMilliseconds(100))
            throw Wrong("has a time limit that is not positive, or a lease below 100 ms");
    }

    TuningException Wrong(string what) => new(TuningException.Setting, $"The study '{Name}' {what}.");
}
