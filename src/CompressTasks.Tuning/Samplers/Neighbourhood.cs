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
}
