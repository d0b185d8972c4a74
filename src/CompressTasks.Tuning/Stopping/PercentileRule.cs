using System.Globalization;

namespace CompressTasks.Tuning;

/// <summary>
/// Stops a trial whose best value so far is worse than what a share of the complete trials had at the same step (Golovin et al. 2017 and its kin). With
/// several objectives and none named it stops a trial that enough complete ones dominated at that step.
/// </summary>
public record PercentileRule : IStoppingRule
{
    /// <summary>The per cent of trials that may go on; above 0 and below 100.</summary>
    public double Percentile { get; init; } = 25;

    /// <summary>Nothing is stopped before so many trials are complete.</summary>
    public int StartupTrials { get; init; } = 5;

    /// <summary>
    /// Compares with so many of the newest complete trials only (at least <see cref="StartupTrials"/>); null: with all. A sampler gets better, and so does what half of its trials are: a rule that remembers
    /// the first ones stops ever fewer.
    /// </summary>
    public int? Newest { get; init; }

    /// <summary>Nothing is stopped before this step.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Looks at every so many-th step after the warm-up.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>The name of the objective that decides; with several and null it is domination.</summary>
    public string? Objective { get; init; }

    /// <summary>With several objectives: the share of complete trials that must dominate.</summary>
    public double DominatedShare { get; init; } = 0.25;

    public StoppingVerdict Judge(StoppingContext context)
    {
        if (Percentile is not (> 0 and < 100) || Interval < 1 || StartupTrials < 1 || Newest < 1)
            throw new TuningException(TuningException.Setting, "A percentile lies between 0 and 100; interval and numbers of trials are at least 1.");
        if (StepLosses.IsBroken(context))
            return StoppingVerdict.Because("The value is not a number.");
        var step = context.Step;
        if (step < WarmupSteps || (step - WarmupSteps) % Interval != 0)
            return StoppingVerdict.Continue;
        var complete = context.Others.Where(trial => trial.State == TrialState.Complete);
        var others = (Newest is { } newest ? complete.OrderBy(trial => trial.Number).TakeLast(Math.Max(newest, StartupTrials)) : complete)
            .Select(trial => StepLosses.At(context, trial, step))
            .OfType<double[]>()
            .ToList();
        if (others.Count < StartupTrials)
            return StoppingVerdict.Continue;
        var best = StepLosses.Best(context);
        return StepLosses.Deciding(context, Objective) is { } objective ? ByValue(others, best, objective, step) : ByDomination(others, best, step);
    }

    StoppingVerdict ByValue(List<double[]> others, double[] best, int objective, int step)
    {
        var sorted = others.Select(losses => losses[objective]).Order().ToArray();
        var at = Percentile / 100 * (sorted.Length - 1);
        var (below, above) = (sorted[(int)Math.Floor(at)], sorted[(int)Math.Ceiling(at)]);
        var limit = below == above ? below : below + ((at - Math.Floor(at)) * (above - below));
        return best[objective] > limit
            ? StoppingVerdict.Because(string.Create(CultureInfo.InvariantCulture, $"Worse at step {step} than the best {Percentile:0.#} % of the complete trials."))
            : StoppingVerdict.Continue;
    }

    StoppingVerdict ByDomination(List<double[]> others, double[] best, int step)
    {
        var dominating = others.Count(losses => ParetoOrder.Dominates(losses, best));
        return dominating > 0 && dominating >= DominatedShare * others.Count
            ? StoppingVerdict.Because(string.Create(CultureInfo.InvariantCulture, $"Dominated at step {step} by {dominating} of {others.Count} complete trials."))
            : StoppingVerdict.Continue;
    }
}

/// <summary>Stops a trial that is worse than half of the newest eight complete ones were at the same step.</summary>
public sealed record MedianRule : PercentileRule
{
    public MedianRule()
    {
        Percentile = 50;
        Newest = 8;
    }
}
