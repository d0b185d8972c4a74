using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Distributions;

/// <summary>
/// A family of nested cuts, from none to the deepest: for each depth, which units go. Within a group the lowest scores go first;
/// the distribution says in which order the groups lose theirs.
/// </summary>
public sealed class UnitSelection
{
    readonly CouplingGraph graph;
    readonly SelectionSettings settings;
    readonly int[][] ranked;
    readonly int[] order;
    readonly int[] positions;
    readonly TrackedAxis[] axes;
    readonly double[] scores;
    readonly bool[] isFixed;

    /// <param name="scores">One per unit; see the criteria.</param>
    /// <param name="roundTo">Kept units per group are rounded to a multiple of this where the group is wider; 1 for none.</param>
    public UnitSelection(CouplingGraph graph, double[] scores, Distribution distribution, int roundTo = 1)
        : this(graph, scores, new SelectionSettings(distribution) { RoundTo = roundTo })
    {
    }

    /// <param name="scores">One per unit; see the criteria.</param>
    public UnitSelection(CouplingGraph graph, double[] scores, SelectionSettings settings)
    {
        this.graph = graph;
        this.scores = scores;
        this.settings = settings;
        axes = [.. graph.AllAxes];
        // Ties are broken by position so that equal models give equal cuts.
        ranked = [.. graph.Groups.Select(group => group.Units.OrderBy(unit => scores[unit]).ThenBy(unit => unit).ToArray())];
        var kept = ranked.Select((units, group) => settings.Kept?[group] is { } share ? Round(Math.Clamp((int)Math.Round(share * units.Length), 1, units.Length), units.Length) : (int?)null).ToArray();
        isFixed = [.. kept.Select(count => count is not null)];
        int[] first = [.. ranked.SelectMany((units, group) => units.Take(units.Length - (kept[group] ?? units.Length)))];
        Shallowest = first.Length;
        order = [.. first, .. UnitOrder.Of(graph, scores, ranked, settings)];
        positions = new int[scores.Length];
        Array.Fill(positions, int.MaxValue); // of units that may not go
        for (var i = 0; i < order.Length; i++) positions[order[i]] = i;
    }

    /// <summary>
    /// What can be given back to a cut without breaking its rounding: removed units in blocks of the rounding, the best ones of each
    /// group first, ordered by how late a block's best unit goes.
    /// </summary>
    internal IReadOnlyList<int[]> BlocksOf(bool[] removed)
    {
        var blocks = new List<int[]>();
        foreach (var group in ranked.Where((_, index) => !isFixed[index]))
        {
            var size = RoundTo == 1 || group.Length <= RoundTo ? 1 : RoundTo;
            blocks.AddRange(group.Reverse().Where(unit => removed[unit]).Chunk(size).Where(block => block.Length == size));
        }

        return [.. blocks.OrderByDescending(block => positions[block[0]]).ThenBy(block => block[0])];
    }

    /// <summary>Depths run from 0 (nothing goes) to this (one unit of each group stays, one multiple, or what caps and floors keep).</summary>
    public int Deepest => order.Length;

    /// <summary>The depth from which on the groups whose width is given have it; 0 where there are none.</summary>
    public int Shallowest { get; }

    int RoundTo => Math.Max(1, settings.RoundTo);

    /// <summary>The cut at a depth; deeper cuts remove more of each group.</summary>
    public bool[] At(int depth)
    {
        var removed = new bool[graph.Units.Count];
        var going = new int[ranked.Length];
        for (var i = 0; i < depth; i++) going[graph.Units[order[i]].Group]++;
        for (var g = 0; g < ranked.Length; g++)
        {
            if (going[g] == 0) continue;
            var units = ranked[g];
            var kept = isFixed[g] ? units.Length - going[g] : Round(Math.Max(units.Length - going[g], settings.FewestOf(units.Length)), units.Length);
            for (var i = 0; i < units.Length - kept; i++) removed[units[i]] = true;
        }

        KeepOneOfEachAxis(removed);
        return removed;
    }

    /// <summary>
    /// How much of the network's importance a cut leaves, 0 to 1: the mean over the groups of the share of their scores that stays. A
    /// prediction of quality without data, good for comparing cuts of one selection's scores.
    /// </summary>
    public double ImportanceLeft(bool[] removed)
    {
        double sum = 0;
        foreach (var group in ranked)
        {
            var all = group.Sum(unit => scores[unit]);
            sum += all > 0 ? group.Where(unit => !removed[unit]).Sum(unit => scores[unit]) / all : 1;
        }

        return ranked.Length == 0 ? 1 : sum / ranked.Length;
    }

    int Round(int kept, int width)
    {
        if (RoundTo == 1 || width <= RoundTo || kept == width) return kept;
        var rounded = Math.Max(RoundTo, (int)Math.Round((double)kept / RoundTo, MidpointRounding.AwayFromZero) * RoundTo);
        while (rounded < settings.FewestOf(width)) rounded += RoundTo;
        return Math.Min(rounded, width);
    }

    /// <summary>A slice or a branch may lose all that the groups would let go; its best unit stays.</summary>
    void KeepOneOfEachAxis(bool[] removed)
    {
        foreach (var axis in axes)
        {
            if (axis.CountLiving(removed) > 0) continue;
            var best = Enumerable.Range(0, axis.Length).MaxBy(index => axis.UnitsOf(index).ToArray().Min(unit => scores[unit]));
            foreach (var unit in axis.UnitsOf(best)) removed[unit] = false;
        }
    }
}
