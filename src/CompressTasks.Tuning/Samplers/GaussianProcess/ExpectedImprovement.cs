namespace CompressTasks.Tuning;

/// <summary>
/// Natural logarithm of the expected improvement (Ament et al. 2023), which has a gradient where the improvement itself is zero in floating point; averaged over
/// joint samples of what pending points may turn out to be; times the probability that the measured constraints hold.
/// </summary>
/// <param name="objective">Null when nothing is feasible yet: then only feasibility is searched.</param>
/// <param name="bests">The value to improve on, per sample.</param>
/// <param name="constraints">With the value, in each one's unit, up to which it holds.</param>
sealed class ExpectedImprovement(Posterior? objective, double[] bests, IReadOnlyList<(Posterior Posterior, double Limit)> constraints)
{
    readonly Posterior.Scratch? _scratch = objective?.MakeScratch();
    readonly Posterior.Scratch[] _constraintScratches = [.. constraints.Select(constraint => constraint.Posterior.MakeScratch())];
    readonly double[] _terms = new double[bests.Length];

    /// <param name="gradient">Overwritten by the gradient over the coordinates, unless empty.</param>
    public double Evaluate(ReadOnlySpan<double> features, Span<double> gradient)
    {
        gradient.Clear();
        var value = objective is null ? 0 : Improvement(objective, _scratch!, features, gradient);
        for (var i = 0; i < constraints.Count; i++)
            value += Feasibility(constraints[i].Posterior, constraints[i].Limit, _constraintScratches[i], features, gradient);
        return value;
    }

    double Improvement(Posterior posterior, Posterior.Scratch scratch, ReadOnlySpan<double> features, Span<double> gradient)
    {
        var variance = posterior.Predict(features, scratch);
        var deviation = Math.Sqrt(variance);
        var largest = double.NegativeInfinity;
        for (var sample = 0; sample < bests.Length; sample++)
        {
            _terms[sample] = LogImprovement((bests[sample] - scratch.Means[sample]) / deviation);
            largest = Math.Max(largest, _terms[sample]);
        }

        var sum = 0.0;
        foreach (var term in _terms)
            sum += Math.Exp(term - largest);
        if (gradient.Length > 0)
        {
            var byDeviation = 0.0;
            for (var sample = 0; sample < bests.Length; sample++)
            {
                var share = Math.Exp(_terms[sample] - largest) / sum;
                var z = (bests[sample] - scratch.Means[sample]) / deviation;
                // h'(z) = Phi / (phi + z Phi).
                var slope = share * Math.Exp(Math.Min(700, Normal.LogCumulative(z) - _terms[sample]));
                scratch.MeanSlopes[sample] = -slope / deviation;
                byDeviation -= slope * z / deviation;
            }

            byDeviation += 1 / deviation;
            posterior.AddGradient(features, scratch, scratch.MeanSlopes, byDeviation / (2 * deviation), gradient);
        }

        return largest + Math.Log(sum / bests.Length) + Math.Log(deviation);
    }

    static double Feasibility(Posterior posterior, double limit, Posterior.Scratch scratch, ReadOnlySpan<double> features, Span<double> gradient)
    {
        var variance = posterior.Predict(features, scratch);
        var deviation = Math.Sqrt(variance);
        var z = (limit - scratch.Means[0]) / deviation;
        var value = Normal.LogCumulative(z);
        if (gradient.Length > 0)
        {
            var slope = Math.Exp(Math.Min(700, Normal.LogDensity(z) - value));
            scratch.MeanSlopes[0] = -slope / deviation;
            posterior.AddGradient(features, scratch, scratch.MeanSlopes, -slope * z / (2 * variance), gradient);
        }

        return value;
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
}
