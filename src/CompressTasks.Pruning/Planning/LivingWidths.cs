using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>The lengths of all axes while units go one after the other, and what the next one would save.</summary>
sealed class LivingWidths
{
    readonly CostTerm[] terms;
    readonly int[][] axesOfTerm;
    readonly List<int>[] termsOfAxis;
    readonly int[] lengths;

    /// <summary>For each axis and index, how many of the units that it dies with are gone.</summary>
    readonly int[][] gone;

    readonly List<(int Axis, int Index)>[] placesOfUnit;

    public LivingWidths(CouplingGraph graph, IEnumerable<CostTerm> terms)
    {
        this.terms = [.. terms];
        var numbers = new Dictionary<TrackedAxis, int>();
        axesOfTerm = [.. this.terms.Select(term => term.Axes.Select(axis => numbers.TryGetValue(axis, out var known) ? known : numbers[axis] = numbers.Count).ToArray())];
        var axes = numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key).ToArray();
        lengths = [.. axes.Select(axis => axis.Length)];
        gone = [.. axes.Select(axis => new int[axis.Length])];
        termsOfAxis = [.. axes.Select(_ => new List<int>())];
        for (var term = 0; term < axesOfTerm.Length; term++)
        {
            foreach (var axis in axesOfTerm[term].Distinct()) termsOfAxis[axis].Add(term);
        }

        placesOfUnit = [.. graph.Units.Select(_ => new List<(int, int)>())];
        for (var axis = 0; axis < axes.Length; axis++)
        {
            for (var index = 0; index < axes[axis].Length; index++)
            {
                foreach (var unit in axes[axis].UnitsOf(index)) placesOfUnit[unit].Add((axis, index));
            }
        }
    }

    /// <summary>By how much the cost falls when this unit goes now.</summary>
    public double SavingOf(int unit)
    {
        var dying = DyingWith(unit);
        double saving = 0;
        foreach (var term in dying.Keys.SelectMany(axis => termsOfAxis[axis]).Distinct())
        {
            saving += ValueOf(term, null) - ValueOf(term, dying);
        }

        return saving;
    }

    public void Remove(int unit)
    {
        foreach (var (axis, count) in DyingWith(unit)) lengths[axis] -= count;
        foreach (var (axis, index) in placesOfUnit[unit]) gone[axis][index]++;
    }

    Dictionary<int, int> DyingWith(int unit)
    {
        var dying = new Dictionary<int, int>();
        foreach (var (axis, index) in placesOfUnit[unit])
        {
            if (gone[axis][index] == 0) dying[axis] = dying.GetValueOrDefault(axis) + 1;
        }

        return dying;
    }

    double ValueOf(int term, Dictionary<int, int>? dying)
    {
        var axes = axesOfTerm[term];
        Span<int> widths = stackalloc int[axes.Length];
        for (var i = 0; i < axes.Length; i++) widths[i] = lengths[axes[i]] - (dying?.GetValueOrDefault(axes[i]) ?? 0);
        return terms[term].At(widths);
    }
}
