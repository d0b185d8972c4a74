namespace CompressTasks.Tuning;

/// <summary>
/// How much of a forest's variance over the whole space comes from one parameter alone (Hutter et al. 2014, "An efficient approach for assessing hyperparameter
/// importance"): exact for trees, since their leaves are boxes. Of a parameter with conditions it is the variance where it exists, times how large that part of
/// the space is; whether it exists is the effect of its parents.
/// </summary>
static class FunctionalVariance
{
    /// <summary>Share of the variance per axis, averaged over the trees; what is missing from 1 is interaction.</summary>
    public static double[] MainEffects(RandomForest forest, Axis[] axes)
    {
        var shares = new double[axes.Length];
        var counted = 0;
        foreach (var tree in forest.Trees)
        {
            var leaves = tree.Leaves(axes.Length);
            var volumes = leaves.Select(leaf => Enumerable.Range(0, axes.Length).Aggregate(1.0, (volume, axis) => volume * leaf.Extent(axes[axis], axis))).ToArray();
            var total = volumes.Sum();
            var mean = Mean(leaves, volumes);
            var variance = leaves.Zip(volumes, (leaf, volume) => volume * (leaf.Value - mean) * (leaf.Value - mean)).Sum() / total;
            if (!(variance > 1e-12))
                continue;
            counted++;
            for (var axis = 0; axis < axes.Length; axis++)
            {
                var present = forest.Presences[axis].IsEverywhere ? volumes : [.. leaves.Zip(volumes, (leaf, volume) => volume * forest.Presences[axis].Share(leaf, axes))];
                var part = present.Sum();
                if (part > 0)
                    shares[axis] += part / total * MarginalVariance(leaves, present, axes[axis], axis) / variance;
            }
        }

        return [.. shares.Select(share => counted == 0 ? 0 : share / counted)];
    }

    /// <summary>Variance of the mean over all other parameters.</summary>
    static double MarginalVariance(List<RegressionTree.Leaf> leaves, double[] volumes, Axis axis, int index)
    {
        var pieces = axis.Kind == AxisKind.Categorical
            ? Enumerable.Range(0, axis.Count).Select(choice => (At: (double)choice, Width: 1.0 / axis.Count))
            : Intervals(leaves, index);
        var mean = Mean(leaves, volumes);
        var variance = 0.0;
        foreach (var (at, width) in pieces)
        {
            var (sum, covered) = (0.0, 0.0);
            for (var i = 0; i < leaves.Count; i++)
            {
                var extent = leaves[i].Extent(axis, index);
                if (extent <= 0 || !leaves[i].Contains(axis, index, at))
                    continue;
                sum += leaves[i].Value * volumes[i] / extent;
                covered += volumes[i] / extent;
            }

            if (covered > 0)
                variance += width * Math.Pow((sum / covered) - mean, 2);
        }

        return variance;
    }

    static double Mean(List<RegressionTree.Leaf> leaves, double[] volumes) => leaves.Zip(volumes, (leaf, volume) => leaf.Value * volume).Sum() / volumes.Sum();

    static IEnumerable<(double At, double Width)> Intervals(List<RegressionTree.Leaf> leaves, int axis)
    {
        var ends = leaves.SelectMany(leaf => new[] { leaf.Low[axis], leaf.High[axis] })
            .Select(end => Math.Clamp(end, 0, 1))
            .Append(0)
            .Append(1)
            .Distinct()
            .Order()
            .ToArray();
        return ends.Zip(ends.Skip(1), (from, to) => ((from + to) / 2, to - from));
    }
}
