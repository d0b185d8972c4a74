namespace CompressTasks.Pruning.Distributions;

/// <summary>How the loss rises when one group alone is cut.</summary>
/// <param name="Share">Share of the group's units that goes, above 0 to 1.</param>
/// <param name="Rise">By how much the mean loss rises; may be below 0 by chance.</param>
/// <param name="StandardError">Of the rise.</param>
public sealed record SensitivityPoint(double Share, double Rise, double StandardError);

/// <summary>
/// The measured points of a group, fitted so that the curve does not fall (pool adjacent violators, weighted by the points' certainty), and
/// straight between them.
/// </summary>
public sealed class SensitivityCurve
{
    readonly double[] shares;
    readonly double[] rises;

    /// <param name="points">At least one; their shares differ.</param>
    public SensitivityCurve(IEnumerable<SensitivityPoint> points)
    {
        var sorted = points.OrderBy(point => point.Share).ToArray();
        shares = [0, .. sorted.Select(point => point.Share)];
        var smallest = sorted.Select(point => point.StandardError).Where(error => error > 0).DefaultIfEmpty(1).Min();
        double[] fitted = MonotoneFit.NotFalling(
            [.. sorted.Select(point => point.Rise)],
            [.. sorted.Select(point => 1 / Math.Pow(Math.Max(point.StandardError, smallest), 2))]);
        // Nothing removed costs nothing, and nothing removed is gained by removing.
        rises = [0, .. fitted.Select(rise => Math.Max(0, rise))];
    }

    /// <summary>The largest share that was measured.</summary>
    public double Deepest => shares[^1];

    /// <summary>The predicted rise of the loss; beyond the last point the last slope goes on.</summary>
    public double Rise(double share)
    {
        var right = Array.FindIndex(shares, known => known >= share);
        if (right == 0) return 0;
        if (right < 0) right = shares.Length - 1;
        var slope = (rises[right] - rises[right - 1]) / (shares[right] - shares[right - 1]);
        return rises[right - 1] + (slope * (share - shares[right - 1]));
    }

    /// <summary>The largest share, at most 1, whose predicted rise is no more than this.</summary>
    /// <param name="rise">0 or more.</param>
    public double Share(double rise)
    {
        var left = Array.FindLastIndex(rises, known => known <= rise);
        var last = shares.Length - 1;
        var (from, to) = left == last ? (last - 1, last) : (left, left + 1);
        var slope = (rises[to] - rises[from]) / (shares[to] - shares[from]);
        return slope <= 0 ? 1 : Math.Min(1, shares[left] + ((rise - rises[left]) / slope));
    }
}

/// <summary>Isotonic regression by pooling adjacent violators (Ayer et al. 1955): least weighted squares among sequences that do not fall.</summary>
static class MonotoneFit
{
    public static double[] NotFalling(double[] values, double[] weights)
    {
        var pools = new List<(double Mean, double Weight, int Count)>();
        for (var i = 0; i < values.Length; i++)
        {
            var pool = (Mean: values[i], Weight: weights[i], Count: 1);
            while (pools is [.., var before] && before.Mean > pool.Mean)
            {
                var weight = before.Weight + pool.Weight;
                pool = (((before.Mean * before.Weight) + (pool.Mean * pool.Weight)) / weight, weight, before.Count + pool.Count);
                pools.RemoveAt(pools.Count - 1);
            }

            pools.Add(pool);
        }

        return [.. pools.SelectMany(pool => Enumerable.Repeat(pool.Mean, pool.Count))];
    }
}
