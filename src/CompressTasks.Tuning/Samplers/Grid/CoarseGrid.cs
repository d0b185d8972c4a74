namespace CompressTasks.Tuning;

/// <summary>The first grid.</summary>
static class CoarseGrid
{
    /// <summary>Levels per axis: as many as asked for, or in turn one more for each axis as long as the product stays within the room.</summary>
    /// <param name="isAll">Whether nothing comes after this grid: then choices that do not fit beside the others are in it all the same where it would end early.</param>
    public static int[] Levels(SpaceEncoding encoding, int? asked, int room, bool isAll)
    {
        var levels = new int[encoding.Dimensions];
        for (var axis = 0; axis < levels.Length; axis++)
            levels[axis] = asked is { } wanted ? Most(encoding.Axes[axis], wanted) : 1;
        if (asked is not null)
            return levels;

        // Choices first: nothing lies between them.
        var product = 1L;
        foreach (var axis in Enumerable.Range(0, levels.Length).Where(axis => encoding.Axes[axis].Kind == AxisKind.Categorical))
        {
            if (product * encoding.Axes[axis].Count > room)
                continue;
            levels[axis] = encoding.Axes[axis].Count;
            product *= levels[axis];
        }

        for (var grown = true; grown;)
        {
            grown = false;
            for (var axis = 0; axis < levels.Length; axis++)
            {
                var isFull = encoding.Axes[axis].Kind == AxisKind.Categorical || Most(encoding.Axes[axis], levels[axis] + 1) == levels[axis];
                if (isFull || product / levels[axis] * (levels[axis] + 1) > room)
                    continue;
                product = product / levels[axis] * ++levels[axis];
                grown = true;
            }
        }

        var isFullOfNumbers = !Enumerable.Range(0, levels.Length).Any(axis => encoding.Axes[axis].Kind != AxisKind.Categorical && Most(encoding.Axes[axis], levels[axis] + 1) > levels[axis]);
        for (var axis = 0; isAll && isFullOfNumbers && product < room && axis < levels.Length; axis++)
        {
            product = product / levels[axis] * Most(encoding.Axes[axis], levels[axis]);
            levels[axis] = Most(encoding.Axes[axis], levels[axis]);
        }

        return levels;
    }

    /// <summary>All combinations, in an order shuffled by the seed, so that a grid that is cut short covers the space.</summary>
    public static IEnumerable<double[]> Points(SpaceEncoding encoding, int[] levels, long seed)
    {
        var count = levels.Aggregate(1L, (product, level) => Math.Min(product * level, 1 << 20));
        var order = Enumerable.Range(0, (int)count).ToArray();
        new RandomStream(seed, 0, 8).Shuffle<int>(order);
        foreach (var index in order)
        {
            var rest = index;
            var point = new double[levels.Length];
            for (var axis = 0; axis < levels.Length; axis++)
            {
                point[axis] = Coordinate(encoding.Axes[axis], rest % levels[axis], levels[axis]);
                rest /= levels[axis];
            }

            encoding.Repair(point);
            yield return point;
        }
    }

    static int Most(Axis axis, int levels) => axis.Kind switch
    {
        AxisKind.Categorical => axis.Count,
        AxisKind.Ordered => Math.Min(levels, axis.Count),
        _ => axis.IsFixed ? 1 : levels,
    };

    static double Coordinate(Axis axis, int index, int levels) => axis.Kind == AxisKind.Categorical ? index : axis.Snap((index + 0.5) / levels);
}
