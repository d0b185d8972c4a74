namespace CompressTasks.Tuning;

/// <summary>Complementary error function by the rational Chebyshev approximations of W. J. Cody (Mathematics of Computation 23, 1969).</summary>
static class ErrorFunction
{
    const double OneOverSqrtPi = 0.56418958354775628695;

    static ReadOnlySpan<double> SmallNumerator => [1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];

    static ReadOnlySpan<double> SmallDenominator => [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];

    static ReadOnlySpan<double> MiddleNumerator =>
    [
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
        1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ];

    static ReadOnlySpan<double> MiddleDenominator =>
    [
        1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
        3.43936767414372164e3, 1.23033935480374942e3,
    ];

    static ReadOnlySpan<double> LargeNumerator =>
        [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4];

    static ReadOnlySpan<double> LargeDenominator =>
        [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];

    /// <summary>2/sqrt(pi) times the integral of exp(-t^2) from x to infinity.</summary>
    public static double Complement(double x)
    {
        var size = Math.Abs(x);
        if (size <= 0.46875)
            return 1 - (x * Rational(SmallNumerator, SmallDenominator, x * x));
        var tail = size > 26.6 ? 0 : Math.Exp(-size * size) * Scaled(size);
        return x < 0 ? 2 - tail : tail;
    }

    /// <summary>exp(x^2) times <see cref="Complement"/>, for x of at least 0.</summary>
    public static double ScaledComplement(double x) => x <= 0.46875 ? Math.Exp(x * x) * Complement(x) : Scaled(x);

    static double Scaled(double x)
    {
        if (x <= 4)
            return Rational(MiddleNumerator, MiddleDenominator, x);
        var inverse = 1 / (x * x);
        return (OneOverSqrtPi - (inverse * Rational(LargeNumerator, LargeDenominator, inverse))) / x;
    }

    static double Rational(ReadOnlySpan<double> numerator, ReadOnlySpan<double> denominator, double x)
    {
        var above = numerator[0];
        var below = denominator[0];
        for (var i = 1; i < numerator.Length; i++)
        {
            above = (above * x) + numerator[i];
            below = (below * x) + denominator[i];
        }

        return above / below;
    }
}
