namespace CompressTasks.Tuning;

/// <summary>Points near a point.</summary>
static class Neighbourhood
{
    /// <summary>
    /// A point in a box around <paramref name="centre"/> whose sides are <paramref name="width"/> of the ranges. At a border the box is moved and keeps its
    /// width. Choices change with probability <paramref name="width"/>.
    /// </summary>
    public static double[] Draw(SpaceEncoding encoding, double[] centre, double width, ref RandomStream random)
    {
        var point = new double[encoding.Dimensions];
        for (var axis = 0; axis < point.Length; axis++)
        {
            if (!encoding.Exists(axis, point))
            {
                point[axis] = double.NaN;
                continue;
            }

            var uniform = random.NextDouble();
            var other = encoding.Axes[axis].Draw(random.NextDouble());
            if (double.IsNaN(centre[axis]))
            {
                point[axis] = other;
            }
            else if (encoding.Axes[axis].Kind == AxisKind.Categorical)
            {
                point[axis] = uniform < width ? other : centre[axis];
            }
            else
            {
                var from = Math.Clamp(centre[axis] - (width / 2), 0, 1 - width);
                point[axis] = encoding.Axes[axis].Snap(from + (uniform * width));
            }
        }

        return point;
    }

    /// <summary>As <see cref="Draw"/>, but only some coordinates move: at least one, two on average or a fifth of them.</summary>
    public static double[] DrawSparse(SpaceEncoding encoding, double[] centre, double width, ref RandomStream random)
    {
        var share = Math.Max(2.0 / encoding.Dimensions, 0.2);
        var sure = random.Next(encoding.Dimensions);
        var near = Draw(encoding, centre, width, ref random);
        var point = (double[])centre.Clone();
        for (var axis = 0; axis < point.Length; axis++)
        {
            if (random.NextDouble() >= share && axis != sure)
                continue;
            var isChoice = encoding.Axes[axis].Kind == AxisKind.Categorical;
            point[axis] = isChoice && !double.IsNaN(point[axis]) ? random.Next(encoding.Axes[axis].Count) : near[axis];
            if (encoding.Axes[axis].Kind == AxisKind.Ordered && point[axis] == centre[axis] && !double.IsNaN(point[axis]))
                point[axis] = Step(encoding.Axes[axis], point[axis], random.NextDouble() < 0.5 ? -1 : 1);
        }

        encoding.Repair(point);
        return point;
    }

    static double Step(Axis axis, double coordinate, int levels)
    {
        var level = axis.Level(coordinate) + levels;
        return axis.LevelCoordinate(level < 0 ? Math.Min(1, axis.Count - 1) : level >= axis.Count ? Math.Max(0, axis.Count - 2) : level);
    }
}
