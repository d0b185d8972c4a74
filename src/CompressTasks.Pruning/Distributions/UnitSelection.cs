using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Distributions;

/// <summary>
/// A family of nested cuts, from none to the deepest: for each depth, which units go. Within a group the lowest scores go first;
/// the distribution says how many of each group.
/// </summary>
public sealed class UnitSelection
{
    readonly CouplingGraph graph;
    readonly int[][] ranked;
    readonly Distribution distribution;
    readonly int roundTo;
    readonly int[] globalOrder;
    readonly TrackedAxis[] axes;
    readonly double[] scores, relative;

    /// <param name="scores">One per unit; see the criteria.</param>
    /// <param name="roundTo">Kept units per group are rounded to a multiple of this where the group is wider; 1 for none.</param>
    public UnitSelection(CouplingGraph graph, double[] scores, Distribution distribution, int roundTo = 1)
    {
        this.graph = graph;
        this.scores = scores;
        this.distribution = distribution;
        this.roundTo = Math.Max(1, roundTo);
        axes = [.. graph.AllAxes];
        // Ties are broken by position so that equal models give equal cuts.
        ranked = [.. graph.Groups.Select(group => group.Units.OrderBy(unit => scores[unit]).ThenBy(unit => unit).ToArray())];
        relative = Normalize(graph, scores);
        globalOrder = [.. Enumerable.Range(0, scores.Length).OrderBy(unit => relative[unit]).ThenBy(unit => unit)];
    }

    /// <summary>
    /// What can be given back to a cut without breaking its rounding: removed units in blocks of the rounding, the best ones of each
    /// group first, ordered by the importance of a block's best unit.
    /// </summary>
    internal IReadOnlyList<int[]> BlocksOf(bool[] removed)
    {
        var blocks = new List<int[]>();
        foreach (var group in ranked)
        {
            var size = roundTo == 1 || group.Length <= roundTo ? 1 : roundTo;
            blocks.AddRange(group.Reverse().Where(unit => removed[unit]).Chunk(size).Where(block => block.Length == size));
        }

        return [.. blocks.OrderByDescending(block => relative[block[0]]).ThenBy(block => block[0])];
    }

    /// <summary>Depths run from 0 (nothing goes) to this (one unit of each group, or one multiple, stays).</summary>
    public int Deepest =>
        distribution == Distribution.Global ? graph.Units.Count : graph.Groups.Select(group => group.Units.Count).DefaultIfEmpty().Max();

    /// <summary>The cut at a depth; deeper cuts remove more of each group.</summary>
    public bool[] At(int depth)
    {
        var removed = new bool[graph.Units.Count];
        var going = CountGoing(depth);
        for (var g = 0; g < ranked.Length; g++)
        {
            var units = ranked[g];
            var kept = Round(units.Length - going[g], units.Length);
            for (var i = 0; i < units.Length - kept; i++) removed[units[i]] = true;
        }

        KeepOneOfEachAxis(removed);
        return removed;
    }

    int[] CountGoing(int depth)
    {
        var going = new int[ranked.Length];
        if (distribution == Distribution.Uniform)
        {
            for (var g = 0; g < going.Length; g++) going[g] = (int)((long)ranked[g].Length * depth / Deepest);
            return going;
        }

        for (var i = 0; i < depth; i++) going[graph.Units[globalOrder[i]].Group]++;
        return going;
    }

    int Round(int kept, int width)
    {
        if (roundTo == 1 || width <= roundTo) return Math.Max(1, kept);
        if (kept == width) return width;
        var rounded = Math.Max(roundTo, (int)Math.Round((double)kept / roundTo, MidpointRounding.AwayFromZero) * roundTo);
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

    static double[] Normalize(CouplingGraph graph, double[] scores)
    {
        var result = new double[scores.Length];
        foreach (var group in graph.Groups)
        {
            var mean = group.Units.Average(unit => scores[unit]);
            foreach (var unit in group.Units) result[unit] = mean > 0 ? scores[unit] / mean : 0;
        }

        return result;
    }
}
