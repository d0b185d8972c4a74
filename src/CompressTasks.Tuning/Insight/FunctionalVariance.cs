namespace CompressTasks.Tuning;

/// <summary>
/// How much of a forest's variance over the whole space comes from one parameter alone (Hutter et al. 2014, "An efficient approach for assessing hyperparameter
/// importance"): exact for trees, since their leaves are boxes.
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
            var volumes = leaves.Select(leaf => Enumerable.Range(0, axes.Length).Aggregate(1.0, (volume, axis) => volume * Extent(leaf, axes, axis))).ToArray();
            var total = volumes.Sum();
            var mean = leaves.Zip(volumes, (leaf, volume) => leaf.Value * volume).Sum() / total;
            var variance = leaves.Zip(volumes, (leaf, volume) => volume * (leaf.Value - mean) * (leaf.Value - mean)).Sum() / total;
            if (!(variance > 1e-12))
                continue;
            counted++;
            for (var axis = 0; axis < axes.Length; axis++)
                shares[axis] += MarginalVariance(leaves, volumes, axes, axis, mean) / variance;
        }

        return [.. shares.Select(share => counted == 0 ? 0 : share / counted)];
    }

    /// <summary>Variance of the mean over all other parameters.</summary>
    static double MarginalVariance(List<RegressionTree.Leaf> leaves, double[] volumes, Axis[] axes, int axis, double mean)
    {
        var pieces = axes[axis].Kind == AxisKind.Categorical
            ? Enumerable.Range(0, axes[axis].Count).Select(choice => (At: (double)choice, Width: 1.0 / axes[axis].Count))
            : Intervals(leaves, axis);
        var variance = 0.0;
        foreach (var (at, width) in pieces)
        {
            var (sum, covered) = (0.0, 0.0);
            for (var i = 0; i < leaves.Count; i++)
            {
                var extent = Extent(leaves[i], axes, axis);
                if (extent <= 0 || !Contains(leaves[i], axes[axis], axis, at))
                    continue;
                sum += leaves[i].Value * volumes[i] / extent;
                covered += volumes[i] / extent;
            }

            if (covered > 0)
                variance += width * Math.Pow((sum / covered) - mean, 2);
        }

        return variance;
    }

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

    static bool Contains(RegressionTree.Leaf leaf, Axis axis, int index, double at) => axis.Kind == AxisKind.Categorical
        ? (leaf.Only[index] is not { } only || only == at) && leaf.Excluded[index]?.Contains(at) != true
        : leaf.Low[index] < at && at <= leaf.High[index];

    /// <summary>The share of an axis that a leaf covers.</summary>
    static double Extent(RegressionTree.Leaf leaf, Axis[] axes, int axis)
    {
        if (axes[axis].Kind != AxisKind.Categorical)
            return Math.Max(0, Math.Min(1, leaf.High[axis]) - Math.Max(0, leaf.Low[axis]));
        if (leaf.Only[axis] is { } only)
            return only < 0 || leaf.Excluded[axis]?.Contains(only) == true ? 0 : 1.0 / axes[axis].Count;
        return 1 - ((leaf.Excluded[axis]?.Count(choice => choice >= 0) ?? 0) / (double)axes[axis].Count);
    }
}
