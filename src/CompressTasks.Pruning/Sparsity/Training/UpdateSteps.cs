using CompressTasks.Training;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>
/// When masks change: so many times, evenly from the training's first step on to three quarters of it; the last quarter trains what is left.
/// </summary>
public readonly record struct UpdateSteps(int Count)
{
    const double Part = 0.75;

    /// <summary>Updates that are due once so many steps are done.</summary>
    public int DueAt(TrainingPosition position) => DueAt(position.Steps, position.AllSteps);

    /// <summary>True where the state after these steps is the first that includes a further update.</summary>
    public bool IsDue(TrainingPosition position) => DueAt(position) > (position.Steps == 0 ? 0 : DueAt(position.Steps - 1, position.AllSteps));

    public bool AreOver(TrainingPosition position) => DueAt(position) >= Count;

    /// <summary>Share of the updates' time that is over, 0 to 1.</summary>
    public static double Done(TrainingPosition position) => Math.Min(1, position.Done / Part);

    int DueAt(long steps, long all)
    {
        var last = (long)(Part * all);
        if (steps >= last || Count == 1) return Count;
        return 1 + (int)(steps * (Count - 1) / last);
    }
}
