namespace CompressTasks.Pruning.Coupling;

/// <summary>An axis whose indices may be removed: for each index the units that it dies with (none, one, or several in a product axis).</summary>
sealed class TrackedAxis(int[][] units)
{
    /// <summary>Number of indices before any cut.</summary>
    public int Length => units.Length;

    public ReadOnlySpan<int> UnitsOf(int index) => units[index];

    public bool Lives(int index, bool[] removed)
    {
        foreach (var unit in units[index])
        {
            if (removed[unit]) return false;
        }

        return true;
    }

    public int CountLiving(bool[] removed)
    {
        var count = 0;
        for (var index = 0; index < units.Length; index++)
        {
            if (Lives(index, removed)) count++;
        }

        return count;
    }

    /// <summary>Indices that stay, ascending.</summary>
    public int[] Living(bool[] removed)
    {
        var kept = new int[CountLiving(removed)];
        for (int index = 0, next = 0; index < units.Length; index++)
        {
            if (Lives(index, removed)) kept[next++] = index;
        }

        return kept;
    }

    /// <summary>True where no index can go.</summary>
    public bool IsFixed => Array.TrueForAll(units, list => list.Length == 0);
}
