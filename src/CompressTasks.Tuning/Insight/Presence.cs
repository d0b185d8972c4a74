namespace CompressTasks.Tuning;

/// <summary>Where in the space a parameter exists: what its conditions, and those of its parents, demand of other axes.</summary>
sealed class Presence
{
    readonly List<(int Axis, HashSet<double>? Choices, (double From, double To)[] Pieces)> _demands = [];

    public Presence(SpaceEncoding encoding, int axis)
    {
        var conditions = new List<(int Parent, Condition Condition)>();
        Collect(encoding, axis, conditions);
        foreach (var demand in conditions.Distinct().GroupBy(pair => pair.Parent, pair => pair.Condition).OrderBy(group => group.Key))
        {
            var (parent, condition) = (encoding.Axes[demand.Key], Condition.Both([.. demand]));
            if (parent.Kind == AxisKind.Categorical)
                _demands.Add((demand.Key, [.. Enumerable.Range(0, parent.Count).Select(choice => (double)choice).Where(choice => condition.Holds(parent.Value(choice)))], []));
            else
                _demands.Add((demand.Key, null, [.. Pieces(parent, condition)]));
        }
    }

    public bool IsEverywhere => _demands.Count == 0;

    /// <summary>The share of a box in which the parameter exists.</summary>
    public double Share(RegressionTree.Leaf box, Axis[] axes)
    {
        var share = 1.0;
        foreach (var (axis, choices, pieces) in _demands)
        {
            var extent = box.Extent(axes[axis], axis);
            if (extent <= 0)
                return 0;
            share *= choices is not null
                ? choices.Count(choice => box.Contains(axes[axis], axis, choice)) / (double)axes[axis].Count / extent
                : pieces.Sum(piece => Math.Max(0, Math.Min(piece.To, box.High[axis]) - Math.Max(piece.From, box.Low[axis]))) / extent;
        }

        return share;
    }

    /// <summary>
    /// A split by a parent between where the parameter exists and where it does not; null where none leaves enough rows on both sides. Parents of parents come
    /// first.
    /// </summary>
    public (int Axis, double Threshold)? Border(double[][] points, int[] rows, int leastRows)
    {
        foreach (var (axis, choices, pieces) in _demands)
        {
            var holding = rows.Count(row => choices?.Contains(points[row][axis]) ?? pieces.Any(piece => piece.From < points[row][axis] && points[row][axis] <= piece.To));
            if (holding == 0 || holding == rows.Length)
                continue;
            var ends = choices ?? pieces.SelectMany(piece => new[] { piece.From, piece.To });
            foreach (var end in ends)
            {
                var left = rows.Count(row => choices is null ? points[row][axis] <= end : points[row][axis] == end);
                if (left >= leastRows && rows.Length - left >= leastRows)
                    return (axis, end);
            }
        }

        return null;
    }

    static void Collect(SpaceEncoding encoding, int axis, List<(int Parent, Condition Condition)> conditions)
    {
        foreach (var pair in encoding.ConditionsOf(axis))
        {
            conditions.Add(pair);
            Collect(encoding, pair.Parent, conditions);
        }
    }

    /// <summary>The parts of a number's axis in which a condition holds.</summary>
    static IEnumerable<(double From, double To)> Pieces(Axis axis, Condition condition)
    {
        if (condition.AnyOf.IsEmpty)
            return [(Below(axis, number => number < condition.AtLeast), Below(axis, number => number <= condition.AtMost))];
        // Of a continuous axis a single value is no part.
        return axis.Kind == AxisKind.Continuous ? [] : condition.AnyOf.Where(axis.Holds).Select(value => axis.Cell(axis.Level(axis.Coordinate(value))));
    }

    /// <summary>Up to which coordinate a predicate holds that holds for all small numbers and for no large ones.</summary>
    static double Below(Axis axis, Func<double, bool> holds)
    {
        if (axis.Kind == AxisKind.Ordered)
        {
            var (from, to) = (0, axis.Count);
            while (from < to)
            {
                var middle = from + ((to - from) / 2);
                if (holds(axis.Value(axis.LevelCoordinate(middle)).Number))
                    from = middle + 1;
                else
                    to = middle;
            }

            return from == 0 ? 0 : axis.Cell(from - 1).To;
        }

        var (low, high) = (0.0, 1.0);
        if (holds(axis.Value(1).Number))
            return 1;
        for (var halving = 0; halving < 50; halving++)
        {
            var middle = (low + high) / 2;
            if (holds(axis.Value(middle).Number))
                low = middle;
            else
                high = middle;
        }

        return high < 1e-12 ? 0 : low;
    }
}
