namespace CompressTasks.Tuning;

/// <summary>
/// Hyperband (Li et al. 2018) by asynchronous brackets: each trial belongs to a bracket, whose first comparison comes the later the higher it is, and is
/// compared with its own only. With a model-based sampler this is BOHB's idea (Falkner et al. 2018): the sampler learns from the trials of all brackets.
/// </summary>
public sealed record HyperbandRule : SuccessiveHalvingRule
{
    public HyperbandRule()
    {
        Reduction = 3;
    }

    /// <summary>The steps of a whole training.</summary>
    public required int MaximalSteps { get; init; }

    /// <summary>Number of brackets: one, and one more for each power of the reduction that fits between the least and the most steps.</summary>
    public int Brackets
    {
        get
        {
            // By whole powers: floor(log(243) / log(3)) is 4 in floating point.
            var brackets = 1;
            for (var steps = (long)MinimalSteps * Reduction; steps <= MaximalSteps; steps *= Reduction)
                brackets++;
            return brackets;
        }
    }

    /// <summary>The bracket of a trial, from the study's name and seed and its number. Lower brackets stop earlier and have more trials.</summary>
    public int Bracket(string study, long seed, int trial)
    {
        var count = Brackets;
        var shares = new long[count];
        for (var bracket = 0; bracket < count; bracket++)
        {
            var halvings = count - 1 - bracket;
            shares[bracket] = (long)Math.Ceiling(count * Math.Pow(Reduction, halvings) / (halvings + 1));
        }

        var hash = 0L;
        foreach (var character in study)
            hash = (hash * 31) + character;
        var random = new RandomStream(seed ^ hash, trial, 9);
        var target = (long)(random.NextDouble() * shares.Sum());
        var chosen = 0;
        while (chosen < count - 1 && (target -= shares[chosen]) >= 0)
            chosen++;
        return chosen;
    }

    public override StoppingVerdict Judge(StoppingContext context)
    {
        if (MaximalSteps < MinimalSteps)
            throw new TuningException(TuningException.Setting, $"Hyperband's most steps ({MaximalSteps}) are fewer than its least ({MinimalSteps}).");
        var bracket = Bracket(context.Study, context.Seed, context.Trial.Number);
        var first = (long)MinimalSteps;
        for (var i = 0; i < bracket; i++)
            first *= Reduction;
        return Judge(context, first, other => Bracket(context.Study, context.Seed, other.Number) == bracket);
    }
}
