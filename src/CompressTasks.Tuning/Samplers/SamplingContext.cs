using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>What a sampler may look at when it suggests trial <see cref="Number"/>.</summary>
public sealed class SamplingContext
{
    readonly History _history;

    internal SamplingContext(History history)
    {
        _history = history;
    }

    /// <summary>The number that the suggested trial will have.</summary>
    public required int Number { get; init; }

    /// <summary>Counts the suggestions for this number that were refused as known or not allowed. Draws must depend on it.</summary>
    public required int Redraw { get; init; }

    /// <summary>The study's seed.</summary>
    public required long Seed { get; init; }

    /// <summary>How many trials the study will have in all, where that is known.</summary>
    public required int? TotalTrials { get; init; }

    /// <summary>Whether running the same configuration again may give another value.</summary>
    public required bool Noisy { get; init; }

    public required ImmutableArray<Objective> Objectives { get; init; }

    /// <summary>The declared space.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>All trials so far in the order of their numbers.</summary>
    public IEnumerable<TrialRecord> Trials => _history.Observations.Select(observation => observation.Trial);

    internal History History => _history;

    /// <summary>Whether the configuration satisfies the known constraints and, unless the objective is noisy, was not tried yet.</summary>
    public bool IsWelcome(Configuration configuration) => Space.Allows(configuration) && (Noisy || !_history.Contains(configuration));

    internal RandomStream Random(long purpose) => new(Seed, Number, (purpose << 20) + Redraw);
}
