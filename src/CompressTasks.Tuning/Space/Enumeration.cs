namespace CompressTasks.Tuning;

/// <summary>All configurations of a space without continuous parameters, in the order of the parameters' values.</summary>
static class Enumeration
{
    public static IEnumerable<Configuration> All(SpaceEncoding encoding) => From(encoding, new double[encoding.Dimensions], 0);

    static IEnumerable<Configuration> From(SpaceEncoding encoding, double[] point, int axis)
    {
        if (axis == encoding.Dimensions)
        {
            yield return encoding.Decode(point);
            yield break;
        }

        if (!encoding.Exists(axis, point))
        {
            point[axis] = double.NaN;
            foreach (var configuration in From(encoding, point, axis + 1))
                yield return configuration;
            yield break;
        }

        var coordinates = encoding.Axes[axis].Kind == AxisKind.Continuous
            ? [0.5]
            : Enumerable.Range(0, encoding.Axes[axis].Count).Select(encoding.Axes[axis].LevelCoordinate);
        foreach (var coordinate in coordinates)
        {
            point[axis] = coordinate;
            foreach (var configuration in From(encoding, point, axis + 1))
                yield return configuration;
        }
    }
}
