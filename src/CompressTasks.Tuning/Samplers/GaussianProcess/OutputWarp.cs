using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// Makes losses look normal, so that a diverged training does not flatten all others: values worse than the median keep their rank but are spread as the
/// better half is (the half-rank warp of Song et al. 2024), then a power transform (Yeo and Johnson 2000) of maximal likelihood.
/// </summary>
static class OutputWarp
{
    const double LargestSquared = 1e100;

    /// <summary>Mean 0, deviation 1, in the same order. Values that are not finite count as the worst finite one.</summary>
    public static double[] Apply(ReadOnlySpan<double> losses)
    {
        var values = losses.ToArray();
        Clip(values);
        SpreadWorseHalf(values);
        Standardize(values);
        var best = BestPower(values);
        for (var i = 0; i < values.Length; i++)
            values[i] = Power(values[i], best);
        Standardize(values);
        return values;
    }

    static void Clip(double[] values)
    {
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            if (!double.IsFinite(value))
                continue;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
        }

        if (least > most)
            (least, most) = (0, 0);
        foreach (ref var value in values.AsSpan())
            value = double.IsNaN(value) ? most : Math.Clamp(value, least, most);
    }

    static void SpreadWorseHalf(double[] values)
    {
        var sorted = values.Order().ToArray();
        var median = sorted[(sorted.Length - 1) / 2];
        if (Math.Max(Math.Abs(sorted[0]), Math.Abs(median)) is > LargestSquared and var largest)
        {
            // More than half of the trials have what stands for "diverged", and its square would overflow.
            TensorPrimitives.Divide(values, largest, values);
            TensorPrimitives.Divide(sorted, largest, sorted);
            median /= largest;
        }

        var better = sorted.Where(value => value < median).ToArray();
        if (better.Length == 0)
            return;
        var deviation = Math.Sqrt(better.Average(value => (value - median) * (value - median)));
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] <= median)
                continue;
            var first = Array.BinarySearch(sorted, values[i]);
            while (first > 0 && sorted[first - 1] == values[i])
                first--;
            var rank = (first + 0.5) / sorted.Length;
            values[i] = Math.Min(values[i], median + (deviation * Normal.Quantile(rank)));
        }
    }

    static void Standardize(double[] values)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        for (var i = 0; i < values.Length; i++)
            values[i] = deviation > 1e-150 ? (values[i] - mean) / deviation : 0;
    }

    static double BestPower(double[] values)
    {
        // The likelihood has one peak; golden section finds it well enough.
        const double Golden = 0.6180339887498949;
        var (from, to) = (-2.0, 4.0);
        var (left, right) = (to - (Golden * (to - from)), from + (Golden * (to - from)));
        var (atLeft, atRight) = (LogLikelihood(values, left), LogLikelihood(values, right));
        for (var i = 0; i < 20; i++)
        {
            if (atLeft > atRight)
            {
                (to, right, atRight) = (right, left, atLeft);
                left = to - (Golden * (to - from));
                atLeft = LogLikelihood(values, left);
            }
            else
            {
                (from, left, atLeft) = (left, right, atRight);
                right = from + (Golden * (to - from));
                atRight = LogLikelihood(values, right);
            }
        }

        return (from + to) / 2;
    }

    static double LogLikelihood(double[] values, double power)
    {
        var (sum, squares, jacobian) = (0.0, 0.0, 0.0);
        foreach (var value in values)
        {
            var warped = Power(value, power);
            sum += warped;
            squares += warped * warped;
            jacobian += Math.Sign(value) * Math.Log(1 + Math.Abs(value));
        }

        var variance = Math.Max(1e-300, (squares / values.Length) - (sum / values.Length * (sum / values.Length)));
        return (-0.5 * values.Length * Math.Log(variance)) + ((power - 1) * jacobian);
    }

    static double Power(double value, double power)
    {
        if (value >= 0)
            return Math.Abs(power) < 1e-9 ? Math.Log(1 + value) : (Math.Pow(1 + value, power) - 1) / power;
        return Math.Abs(power - 2) < 1e-9 ? -Math.Log(1 - value) : -(Math.Pow(1 - value, 2 - power) - 1) / (2 - power);
    }
}
