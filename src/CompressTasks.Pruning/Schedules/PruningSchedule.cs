namespace CompressTasks.Pruning.Schedules;

/// <summary>How pruning goes from nothing to its target over several steps, with training in between.</summary>
public enum PruningSchedule
{
    /// <summary>All at once.</summary>
    OneShot,

    /// <summary>Every step takes as much as the one before.</summary>
    Constant,

    /// <summary>The steps get smaller linearly.</summary>
    Linear,

    /// <summary>Most goes early, when there is much to spare (Zhu and Gupta, To Prune or Not to Prune, 2017).</summary>
    Cubic,

    /// <summary>Every step leaves the same share of what there is (Han et al. 2015; Frankle and Carbin 2019).</summary>
    Exponential,
}
