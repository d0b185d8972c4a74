namespace CompressTasks.Tuning;

/// <summary>
/// Suggests what to try next. An instance belongs to one study, which asks it from one thread at a time; whatever it remembers must follow from the
/// study's trials alone, so that a resumed study goes on as if nothing had happened.
/// </summary>
public interface ISampler
{
    /// <summary>Null when there is nothing left to suggest.</summary>
    Proposal? Propose(SamplingContext context);
}

/// <summary>What to try.</summary>
/// <param name="Origin">The sampler's name, and after a blank what it needs to recognise its own trials later.</param>
public sealed record Proposal(Configuration Configuration, string Origin);
