namespace CompressTasks.Tuning;

/// <summary>What trials had at a step, as losses.</summary>
static class StepLosses
{
    /// <summary>Losses of the report at a step; null where the trial did not report there.</summary>
    public static double[]? At(StoppingContext context, TrialRecord trial, int step)
    {
        foreach (var report in trial.Reports)
            if (report.Step == step)
                return Losses(context, report);
        return null;
    }

    /// <summary>Losses of the first report at a step or after it; null where there is none.</summary>
    public static double[]? From(StoppingContext context, TrialRecord trial, int step)
    {
        foreach (var report in trial.Reports)
            if (report.Step >= step)
                return Losses(context, report);
        return null;
    }

    /// <summary>The least of each loss so far.</summary>
    public static double[] Best(StoppingContext context)
    {
        var best = new double[context.Objectives.Length];
        Array.Fill(best, double.PositiveInfinity);
        foreach (var report in context.Trial.Reports)
        {
            var losses = Losses(context, report);
            for (var i = 0; i < best.Length; i++)
                if (losses[i] < best[i])
                    best[i] = losses[i];
        }

        return best;
    }

    /// <summary>Whether the newest report has a value that is not a number.</summary>
    public static bool IsBroken(StoppingContext context) => context.Trial.Reports[^1].Values.Any(double.IsNaN);

    /// <summary>The objective that decides; null when several do together.</summary>
    public static int? Deciding(StoppingContext context, string? objective)
    {
        if (objective is null)
            return context.Objectives.Length == 1 ? 0 : null;
        for (var i = 0; i < context.Objectives.Length; i++)
            if (context.Objectives[i].Name == objective)
                return i;
        throw new TuningException(
            TuningException.Setting,
            $"The stopping rule names the objective '{objective}', which the study does not have.",
            $"It has {string.Join(", ", context.Objectives.Select(known => known.Name))}.");
    }

    static double[] Losses(StoppingContext context, IntermediateReport report)
    {
        var losses = new double[report.Values.Length];
        for (var i = 0; i < losses.Length; i++)
        {
            losses[i] = context.Objectives[i].Loss(report.Values[i]);
            if (double.IsNaN(losses[i]))
                losses[i] = double.PositiveInfinity;
        }

        return losses;
    }
}
