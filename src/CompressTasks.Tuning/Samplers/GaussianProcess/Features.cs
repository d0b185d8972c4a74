namespace CompressTasks.Tuning;

/// <summary>
/// Points as a Gaussian process sees them: no coordinate is missing, and of choices only equality counts. With a region the numbers are scaled so that the
/// region is the unit cube.
/// </summary>
/// <param name="region">Null for the whole space.</param>
sealed class Features(SpaceEncoding encoding, TrustRegion? region)
{
    public TrustRegion? Region => region;

    public bool[] Choices { get; } = ChoicesOf(encoding);

    public static bool[] ChoicesOf(SpaceEncoding encoding) => [.. encoding.Axes.Select(axis => axis.Kind == AxisKind.Categorical)];

    /// <summary>A number that does not exist lies in the middle, a choice that does not exist is one more choice: the parents tell both apart.</summary>
    public double[] Of(double[] point)
    {
        var features = new double[point.Length];
        for (var axis = 0; axis < features.Length; axis++)
            features[axis] = double.IsNaN(point[axis]) ? Choices[axis] ? -1 : 0.5 : Choices[axis] ? point[axis] : Scale(axis, point[axis]);
        return features;
    }

    /// <summary>The feature of a number.</summary>
    public double Scale(int axis, double coordinate) => region is { } box && !double.IsNaN(box.Centre[axis])
        ? 0.5 + ((coordinate - box.Centre[axis]) / box.Width)
        : coordinate;

    /// <summary>The number of a feature.</summary>
    public double Unscale(int axis, double feature) => region is { } box && !double.IsNaN(box.Centre[axis])
        ? box.Centre[axis] + ((feature - 0.5) * box.Width)
        : feature;

    /// <summary>The features between which a number is searched: in the space and in the region.</summary>
    public (double Low, double High) Bounds(int axis) => (Math.Max(0, Scale(axis, 0)), Math.Min(1, Scale(axis, 1)));
}
