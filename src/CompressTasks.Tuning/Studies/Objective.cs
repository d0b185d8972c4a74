namespace CompressTasks.Tuning;

public enum Direction
{
    Minimize,
    Maximize,
}

/// <summary>What a study wants small or large.</summary>
public sealed record Objective(string Name, Direction Direction = Direction.Minimize)
{
    /// <summary>The smaller the better, whatever the direction.</summary>
    internal double Loss(double value) => Direction == Direction.Minimize ? value : -value;
}
