using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// Hyper-parameters of a Gaussian process: Matern 5/2 with a length of its own for each axis (a choice has distance 1 to every other), a scale and a noise.
/// </summary>
/// <param name="Precisions">One over the squared length of each axis.</param>
/// <param name="Scale">Variance of the function.</param>
/// <param name="Noise">Variance of what is added to it.</param>
sealed record KernelParameters(double[] Precisions, double Scale, double Noise);

/// <summary>
/// Fits them by the marginal likelihood with priors (maximum a posteriori): logarithmic normal ones whose lengths grow with the square root of the number of
/// axes (Hvarfner et al. 2024).
/// </summary>
sealed class KernelFit
{
    const double LengthDeviation = 1.7320508075688772;
    const double ScaleDeviation = 1;

    readonly int _n;
    readonly int _axes;
    readonly double[] _targets;
    readonly double[][] _distances;
    readonly double _noiseMean;
    readonly double _noiseDeviation;
    readonly double _lengthMean;
    readonly double[] _square;
    readonly double[] _root;
    readonly double[] _decay;
    readonly double[] _slope;
    readonly double[] _matrix;

    internal KernelFit(double[][] points, double[] targets, bool[] choices, bool noisy)
    {
        _n = points.Length;
        _axes = choices.Length;
        _targets = targets;
        var pairs = _n * (_n - 1) / 2;
        _distances = new double[_axes][];
        for (var axis = 0; axis < _axes; axis++)
            _distances[axis] = Distances(points, axis, choices[axis]);
        (_noiseMean, _noiseDeviation) = noisy ? (-4.0, 1.0) : (-8.0, 3.0);
        _lengthMean = Math.Sqrt(2) + (0.5 * Math.Log(_axes));
        _square = new double[pairs];
        _root = new double[pairs];
        _decay = new double[pairs];
        _slope = new double[pairs];
        _matrix = new double[_n * _n];
    }

    /// <param name="targets">Mean 0, deviation 1.</param>
    /// <param name="evaluations">Of the likelihood, at most.</param>
    public static KernelParameters Fit(double[][] points, double[] targets, bool[] choices, bool noisy, int evaluations)
    {
        var fit = new KernelFit(points, targets, choices, noisy);
        var axes = choices.Length;
        var lower = new double[axes + 2];
        var upper = new double[axes + 2];
        Array.Fill(lower, Math.Log(1e-6), 0, axes);
        Array.Fill(upper, Math.Log(1e4), 0, axes);
        (lower[axes], upper[axes]) = (Math.Log(0.02), Math.Log(50));
        (lower[^1], upper[^1]) = (noisy ? Math.Log(1e-4) : Math.Log(1e-6), 0);
        // Ripples on a bowl are either short lengths or noise: both are tried. Where noise is declared it must not explain everything.
        var (best, least) = (Array.Empty<double>(), double.PositiveInfinity);
        foreach (var noise in noisy ? new[] { -4.0 } : [-9.0, -1.5])
        {
            // From lengths of about half the range times the root of the number of axes.
            var start = new double[axes + 2];
            Array.Fill(start, -2 * Math.Log(0.5 * Math.Sqrt(axes)), 0, axes);
            start[^1] = noise;
            var value = BoxMinimizer.Minimize(fit.NegativeLogPosterior, start, lower, upper, noisy ? evaluations : evaluations / 2, 1e-2);
            if (value < least || best.Length == 0)
                (best, least) = (start, value);
        }

        return new([.. best.Take(axes).Select(Math.Exp)], Math.Exp(best[axes]), Math.Exp(best[^1]));
    }

    static double[] Distances(double[][] points, int axis, bool choice)
    {
        var distances = new double[points.Length * (points.Length - 1) / 2];
        var at = 0;
        for (var i = 1; i < points.Length; i++)
        {
            for (var k = 0; k < i; k++)
            {
                var difference = points[i][axis] - points[k][axis];
                distances[at++] = choice ? difference == 0 ? 0 : 1 : difference * difference;
            }
        }

        return distances;
    }

    internal double NegativeLogPosterior(ReadOnlySpan<double> logs, Span<double> gradient)
    {
        var (scale, noise) = (Math.Exp(logs[_axes]), Math.Exp(logs[_axes + 1]));
        FillKernel(logs);
        for (var jitter = 0.0; ; jitter = jitter == 0 ? 1e-8 : jitter * 10)
        {
            FillMatrix(scale, noise + jitter);
            if (Cholesky.Factorize(_matrix, _n))
                break;
            if (jitter > 1)
                return double.PositiveInfinity;
        }

        var inverse = Cholesky.InverseTransposed(_matrix, _n);
        var whitened = (double[])_targets.Clone();
        Cholesky.SolveLower(_matrix, _n, whitened);
        var weights = new double[_n];
        for (var i = 0; i < _n; i++)
            weights[i] = TensorPrimitives.Dot<double>(inverse.AsSpan((i * _n) + i, _n - i), whitened.AsSpan(i));

        var value = 0.5 * TensorPrimitives.Dot<double>(whitened, whitened);
        for (var i = 0; i < _n; i++)
            value += Math.Log(_matrix[(i * _n) + i]);
        Differentiate(logs, scale, noise, inverse, weights, gradient);
        return value + AddPriors(logs, gradient);
    }

    /// <summary>Over the pairs: exp(-t), and the slope of the kernel by r^2 at scale 1.</summary>
    void FillKernel(ReadOnlySpan<double> logs)
    {
        Array.Clear(_square);
        for (var axis = 0; axis < _axes; axis++)
            TensorPrimitives.MultiplyAdd(_distances[axis], Math.Exp(logs[axis]), _square, _square);
        TensorPrimitives.Multiply(_square, 5, _root);
        TensorPrimitives.Sqrt(_root, _root);
        TensorPrimitives.Negate(_root, _decay);
        TensorPrimitives.Exp(_decay, _decay);
        TensorPrimitives.Add(_root, 1, _slope);
        TensorPrimitives.Multiply(_slope, _decay, _slope);
    }

    void FillMatrix(double scale, double noise)
    {
        // k = s e^-t (1 + t + t^2 / 3) with t^2 = 5 r^2.
        var at = 0;
        for (var i = 0; i < _n; i++)
        {
            var row = _matrix.AsSpan(i * _n, _n);
            TensorPrimitives.MultiplyAdd(_square.AsSpan(at, i), 5.0 / 3, _root.AsSpan(at, i), row[..i]);
            TensorPrimitives.Add(row[..i], 1, row[..i]);
            TensorPrimitives.Multiply(row[..i], _decay.AsSpan(at, i), row[..i]);
            TensorPrimitives.Multiply(row[..i], scale, row[..i]);
            row[i] = scale + noise;
            at += i;
        }
    }

    void Differentiate(ReadOnlySpan<double> logs, double scale, double noise, double[] inverse, double[] weights, Span<double> gradient)
    {
        var (trace, fit) = (0.0, 0.0);
        var at = 0;
        for (var i = 0; i < _n; i++)
        {
            for (var k = 0; k < i; k++, at++)
            {
                var element = TensorPrimitives.Dot<double>(inverse.AsSpan((i * _n) + i, _n - i), inverse.AsSpan((k * _n) + i, _n - i));
                // 5/6 s (1 + t) e^-t is minus the slope by r^2; both triangles count.
                _slope[at] *= 5.0 / 6 * scale * ((weights[i] * weights[k]) - element);
            }

            trace += TensorPrimitives.SumOfSquares<double>(inverse.AsSpan((i * _n) + i, _n - i));
            fit += weights[i] * weights[i];
        }

        for (var axis = 0; axis < _axes; axis++)
            gradient[axis] = Math.Exp(logs[axis]) * TensorPrimitives.Dot<double>(_slope, _distances[axis]);
        gradient[_axes + 1] = 0.5 * noise * (trace - fit);
        // C = scale K + noise I, so the scale's share of tr(C^-1 C) = n and of y C^-1 y is what the noise leaves.
        gradient[_axes] = 0.5 * (_n - TensorPrimitives.Dot<double>(weights, _targets) - (noise * (trace - fit)));
    }

    double AddPriors(ReadOnlySpan<double> logs, Span<double> gradient)
    {
        var value = 0.0;
        for (var axis = 0; axis < _axes; axis++)
        {
            // log length = -log precision / 2.
            var z = ((-0.5 * logs[axis]) - _lengthMean) / LengthDeviation;
            value += (0.5 * z * z) - (0.5 * logs[axis]);
            gradient[axis] += (-0.5 * z / LengthDeviation) - 0.5;
        }

        var s = logs[_axes] / ScaleDeviation;
        value += 0.5 * s * s;
        gradient[_axes] += s / ScaleDeviation;
        var e = (logs[_axes + 1] - _noiseMean) / _noiseDeviation;
        value += 0.5 * e * e;
        gradient[_axes + 1] += e / _noiseDeviation;
        return value;
    }
}
