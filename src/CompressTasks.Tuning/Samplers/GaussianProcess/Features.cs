namespace CompressTasks.Tuning;

/// <summary>Points as a Gaussian process sees them: no coordinate is missing, and of choices only equality counts.</summary>
static class Features
{
    /// <summary>A number that does not exist lies in the middle, a choice that does not exist is one more choice: the parents tell both apart.</summary>
    public static double[] Of(SpaceEncoding encoding, double[] point)
    {
        var features = (double[])point.Clone();
        for (var axis = 0; axis < features.Length; axis++)
            if (double.IsNaN(features[axis]))
                features[axis] = encoding.Axes[axis].Kind == AxisKind.Categorical ? -1 : 0.5;
        return features;
    }

    public static bool[] Choices(SpaceEncoding encoding) => [.. encoding.Axes.Select(axis => axis.Kind == AxisKind.Categorical)];
}
