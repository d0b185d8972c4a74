using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>
/// Asynchronous successive halving (Li et al. 2020), by stopping: at steps r, r * eta, r * eta^2 ... a trial goes on only when it is among the best 1/eta of all
/// that came so far, the stopped ones counted in.
/// </summary>
public record SuccessiveHalvingRule : IStoppingRule
{
    /// <summary>The first step at which trials are compared; at least 1.</summary>
    public int MinimalSteps { get; init; } = 1;

    /// <summary>One in so many goes on; at least 2.</summary>
    public int Reduction { get; init; } = 4;

    /// <summary>The name of the objective that decides; with several and null the rank of domination.</summary>
    public string? Objective { get; init; }

    public virtual StoppingVerdict Judge(StoppingContext context) => Judge(context, MinimalSteps, _ => true);

    /// <param name="firstRung">The first step at which trials are compared.</param>
    /// <param name="isRival">Whether another trial is compared with.</param>
    protected StoppingVerdict Judge(StoppingContext context, long firstRung, Func<TrialRecord, bool> isRival)
    {
        if (MinimalSteps < 1 || Reduction < 2)
            throw new TuningException(TuningException.Setting, "Successive halving needs at least one step and a reduction of at least 2.");
        if (StepLosses.IsBroken(context))
            return StoppingVerdict.Because("The value is not a number.");
        var reports = context.Trial.Reports;
        var before = reports.Length > 1 ? reports[^2].Step : -1;
        for (var rung = firstRung; rung <= context.Step; rung *= Reduction)
        {
            if (rung <= before)
                continue;
            var verdict = AtRung(context, (int)rung, isRival);
            if (verdict.Stop)
                return verdict;
        }

        return StoppingVerdict.Continue;
    }

    StoppingVerdict AtRung(StoppingContext context, int rung, Func<TrialRecord, bool> isRival)
    {
        var own = StepLosses.From(context, context.Trial, rung)!;
        var others = context.Others.Where(isRival).Select(trial => StepLosses.From(context, trial, rung)).OfType<double[]>().ToList();
        var better = StepLosses.Deciding(context, Objective) is { } objective
            ? others.Count(losses => losses[objective] < own[objective])
            : others.Count(losses => ParetoOrder.Dominates(losses, own));
        // Before there are eta of them only the best goes on.
        var places = Math.Max(1, (others.Count + 1) / Reduction);
        return better < places
            ? StoppingVerdict.Continue
            : StoppingVerdict.Because(string.Create(CultureInfo.InvariantCulture, $"Not among the best {places} of {others.Count + 1} at step {rung}."));
    }
}
