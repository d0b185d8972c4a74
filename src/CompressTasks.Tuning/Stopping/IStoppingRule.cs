namespace CompressTasks.Tuning;

/// <summary>Decides after a report whether a trial is worth going on with. Stateless: what it says follows from the trials alone.</summary>
public interface IStoppingRule
{
    StoppingVerdict Judge(StoppingContext context);
}

/// <summary>Whether to stop, and why.</summary>
public readonly record struct StoppingVerdict(bool Stop, string? Reason)
{
    public static StoppingVerdict Continue => default;

    public static StoppingVerdict Because(string reason) => new(true, reason);
}
