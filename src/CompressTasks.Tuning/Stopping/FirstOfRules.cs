using System.Collections.Immutable;

namespace CompressTasks.Tuning;

/// <summary>Stops a trial as soon as one of several rules does.</summary>
public sealed record FirstOfRules(params ImmutableArray<IStoppingRule> Rules) : IStoppingRule
{
    public StoppingVerdict Judge(StoppingContext context)
    {
        foreach (var rule in Rules)
            if (rule.Judge(context) is { Stop: true } verdict)
                return verdict;
        return StoppingVerdict.Continue;
    }
}
