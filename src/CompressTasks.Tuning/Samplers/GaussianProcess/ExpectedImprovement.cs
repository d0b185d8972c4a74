using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// Natural logarithm of the expected improvement (Ament et al. 2023), which has a gradient where the improvement itself is zero in floating point, times the
/// probability that the measured constraints hold; averaged over joint samples of what pending points may turn out to be.
/// </summary>
sealed class ExpectedImprovement
{
    readonly Factor[] _factors;
    readonly double[] _terms;

    /// <param name="objective">Null when nothing is feasible yet: then only feasibility is searched.</param>
    /// <param name="bests">The value to improve on, per sample; every posterior has as many.</param>
    /// <param name="constraints">With the value, in each one's unit, up to which it holds.</param>
    public ExpectedImprovement(Posterior? objective, double[] bests, IReadOnlyList<(Posterior Posterior, double Limit)> constraints)
    {
        _terms = new double[bests.Length];
        var limits = constraints.Select(constraint => new Factor(constraint.Posterior, [.. bests.Select(_ => constraint.Limit)], isImprovement: false));
        _factors = objective is null ? [.. limits] : [new(objective, bests, isImprovement: true), .. limits];
    }

    /// <param name="gradient">Overwritten by the gradient over the coordinates, unless empty.</param>
    public double Evaluate(ReadOnlySpan<double> features, Span<double> gradient)
    {
        gradient.Clear();
        Array.Clear(_terms);
        foreach (var factor in _factors) factor.AddTerms(features, _terms);
        var largest = TensorPrimitives.Max<double>(_terms);
        if (double.IsNegativeInfinity(largest)) return largest;
        TensorPrimitives.Subtract(_terms, largest, _terms);
        TensorPrimitives.Exp(_terms, _terms);
        var sum = TensorPrimitives.Sum<double>(_terms);
        if (gradient.Length > 0)
        {
            TensorPrimitives.Divide(_terms, sum, _terms);
            foreach (var factor in _factors) factor.AddGradient(features, _terms, gradient);
        }

        return largest + Math.Log(sum / _terms.Length);
    }

    /// <summary>ln(phi(z) + z Phi(z)).</summary>
    internal static double LogImprovement(double z)
    {
        if (z > -1)
            return Math.Log(Math.Exp(Normal.LogDensity(z)) + (z * Normal.Cumulative(z)));
        const double SqrtHalfPi = 1.2533141373155002512;
        if (z > -1e4)
        {
            // phi(z) (1 - |z| sqrt(pi/2) erfcx(|z| / sqrt 2)), which cancels to about 1/z^2 far out.
            var square = z * z;
            var rest = z > -25
                ? 1 + (z * SqrtHalfPi * ErrorFunction.ScaledComplement(-z * 0.70710678118654752440))
                : (1 - (3 / square) + (15 / (square * square))) / square;
            return Normal.LogDensity(z) + Math.Log(rest);
        }

        return Normal.LogDensity(z) - (2 * Math.Log(-z));
    }

    /// <summary>How far below its limit a quantity is expected, or how probably it is below, per sample and as a logarithm.</summary>
    sealed class Factor(Posterior posterior, double[] limits, bool isImprovement)
    {
        readonly Posterior.Scratch _scratch = posterior.MakeScratch();
        readonly double[] _values = new double[limits.Length];
        double _deviation;

        public void AddTerms(ReadOnlySpan<double> features, Span<double> terms)
        {
            _deviation = Math.Sqrt(posterior.Predict(features, _scratch));
            for (var sample = 0; sample < limits.Length; sample++)
            {
                var z = (limits[sample] - _scratch.Means[sample]) / _deviation;
                _values[sample] = isImprovement ? LogImprovement(z) : Normal.LogCumulative(z);
                terms[sample] += isImprovement ? _values[sample] + Math.Log(_deviation) : _values[sample];
            }
        }

        /// <param name="shares">What each sample contributes to the gradient; their sum is 1.</param>
        public void AddGradient(ReadOnlySpan<double> features, ReadOnlySpan<double> shares, Span<double> gradient)
        {
            var byDeviation = isImprovement ? 1 / _deviation : 0;
            for (var sample = 0; sample < limits.Length; sample++)
            {
                var z = (limits[sample] - _scratch.Means[sample]) / _deviation;
                // d ln(phi + z Phi) / dz = Phi / (phi + z Phi), d ln Phi / dz = phi / Phi.
                var logarithm = isImprovement ? Normal.LogCumulative(z) : Normal.LogDensity(z);
                var slope = shares[sample] * Math.Exp(Math.Min(700, logarithm - _values[sample]));
                _scratch.MeanSlopes[sample] = -slope / _deviation;
                byDeviation -= slope * z / _deviation;
            }

            posterior.AddGradient(features, _scratch, _scratch.MeanSlopes, byDeviation / (2 * _deviation), gradient);
        }
    }
}
