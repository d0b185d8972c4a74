namespace CompressTasks.Tuning;

/// <summary>The normal distribution, exact in both tails.</summary>
static class Normal
{
    public const double LogSqrtTwoPi = 0.91893853320467274178;
    const double SqrtHalf = 0.70710678118654752440;

    static ReadOnlySpan<double> TailNumerator =>
    [
        -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
    ];

    static ReadOnlySpan<double> TailDenominator => [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1];

    static ReadOnlySpan<double> MiddleNumerator =>
    [
        -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239,
    ];

    static ReadOnlySpan<double> MiddleDenominator =>
    [
        -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01, 1,
    ];

    public static double LogDensity(double z) => (-0.5 * z * z) - LogSqrtTwoPi;

    /// <summary>Probability of a value below z.</summary>
    public static double Cumulative(double z) => z < 0 ? 0.5 * ErrorFunction.Complement(-z * SqrtHalf) : 1 - (0.5 * ErrorFunction.Complement(z * SqrtHalf));

    public static double LogCumulative(double z)
    {
        if (z > -5)
            return z > 5 ? Log1p(-0.5 * ErrorFunction.Complement(z * SqrtHalf)) : Math.Log(Cumulative(z));
        // The scaled complement keeps the digits that the density loses.
        return (-0.5 * z * z) + Math.Log(0.5 * ErrorFunction.ScaledComplement(-z * SqrtHalf));
    }

    /// <summary>Probability of a value between two bounds, without cancellation in the tails.</summary>
    public static double Mass(double from, double to)
    {
        if (from > 0)
            (from, to) = (-to, -from);
        return to <= 0 || from < -5
            ? Math.Max(0, Cumulative(to) - Cumulative(from))
            : Math.Max(0, 1 - (0.5 * ErrorFunction.Complement(-from * SqrtHalf)) - (0.5 * ErrorFunction.Complement(to * SqrtHalf)));
    }

    /// <summary>Natural logarithm of <see cref="Mass"/>, finite however far out the bounds lie.</summary>
    public static double LogMass(double from, double to)
    {
        if (from > 0)
            (from, to) = (-to, -from);
        if (to > -5)
            return Math.Log(Math.Max(Mass(from, to), double.Epsilon));
        var upper = LogCumulative(to);
        return upper + Log1p(-Math.Exp(Math.Min(LogCumulative(from) - upper, -1e-300)));
    }

    /// <summary>Inverse of <see cref="Cumulative"/> by Acklam's rational approximation and one step of Halley.</summary>
    public static double Quantile(double probability)
    {
        if (probability <= 0)
            return double.NegativeInfinity;
        if (probability >= 1)
            return double.PositiveInfinity;
        if (probability > 0.5)
            return -Quantile(1 - probability);
        double z;
        if (probability < 0.02425)
        {
            var q = Math.Sqrt(-2 * Math.Log(probability));
            z = Polynomial(TailNumerator, q) / Polynomial(TailDenominator, q);
        }
        else
        {
            var q = probability - 0.5;
            z = q * Polynomial(MiddleNumerator, q * q) / Polynomial(MiddleDenominator, q * q);
        }

        if (probability < 1e-290)
            return z;
        var error = (Cumulative(z) - probability) * Math.Exp((0.5 * z * z) + LogSqrtTwoPi);
        return z - (error / (1 + (z * error / 2)));
    }

    /// <summary>The value below which a normal distribution cut off at two bounds has the given probability.</summary>
    public static double TruncatedQuantile(double probability, double mean, double deviation, double from, double to)
    {
        var low = (from - mean) / deviation;
        var high = (to - mean) / deviation;
        // In the upper tail the mirror image keeps the digits.
        if (low > 0)
            return Math.Clamp(mean - (deviation * Lower(1 - probability, -high, -low)), from, to);
        return Math.Clamp(mean + (deviation * Lower(probability, low, high)), from, to);

        static double Lower(double probability, double low, double high)
        {
            if (high < -35)
                return high + ((1 - probability) * Math.Log(Math.Max(probability, 1e-300)) / -high);
            var below = Cumulative(low);
            return Math.Clamp(Quantile(below + (probability * (Cumulative(high) - below))), low, high);
        }
    }

    /// <summary>The highest power comes first.</summary>
    static double Polynomial(ReadOnlySpan<double> coefficients, double x)
    {
        var sum = coefficients[0];
        foreach (var coefficient in coefficients[1..])
            sum = (sum * x) + coefficient;
        return sum;
    }

    static double Log1p(double value) => Math.Abs(value) < 1e-5 ? value - (value * value / 2) : Math.Log(1 + value);
}
