namespace CompressTasks.Pruning.Schedules;

/// <summary>The curve of a schedule.</summary>
public static class ScheduleCurve
{
    /// <summary>Share that is left at a moment.</summary>
    /// <param name="done">Share of the schedule that is over, 0 to 1.</param>
    /// <param name="target">Share that is left at the end, above 0 to 1.</param>
    public static double Left(this PruningSchedule schedule, double done, double target)
    {
        var open = 1 - Math.Clamp(done, 0, 1);
        return schedule switch
        {
            PruningSchedule.Constant => target + ((1 - target) * open),
            PruningSchedule.Linear => target + ((1 - target) * open * open),
            PruningSchedule.Cubic => target + ((1 - target) * open * open * open),
            PruningSchedule.Exponential => Math.Pow(target, 1 - open),
            _ => target,
        };
    }
}
