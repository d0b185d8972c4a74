using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// A Gaussian process given values at some points and, for points whose values are not known yet, several joint samples of what they may be. Means are one
/// per sample; the variance is common to all.
/// </summary>
sealed class Posterior
{
    readonly double[][] _points;
    readonly bool[] _choices;
    readonly KernelParameters _kernel;
    readonly double[] _inverse;
    readonly double[] _inverseTransposed;
    readonly double[][] _weights;
    readonly int _n;

    /// <param name="pending">Points without values.</param>
    /// <param name="normals">Standard normal numbers, one array per sample with one per pending point; a single empty one without such points.</param>
    public Posterior(double[][] points, double[] targets, double[][] pending, double[][] normals, bool[] choices, KernelParameters kernel)
    {
        _points = [.. points, .. pending];
        _n = _points.Length;
        _choices = choices;
        _kernel = kernel;
        var factor = Factor();
        _inverseTransposed = Cholesky.InverseTransposed(factor, _n);
        _inverse = new double[_n * _n];
        for (var i = 0; i < _n; i++)
            for (var k = i; k < _n; k++)
                _inverse[(k * _n) + i] = _inverseTransposed[(i * _n) + k];

        var whitened = new double[_n];
        targets.CopyTo(whitened, 0);
        for (var i = 0; i < targets.Length; i++)
            whitened[i] = (whitened[i] - TensorPrimitives.Dot<double>(factor.AsSpan(i * _n, i), whitened.AsSpan(0, i))) / factor[(i * _n) + i];
        _weights = new double[normals.Length][];
        PendingValues = new double[normals.Length][];
        for (var sample = 0; sample < normals.Length; sample++)
        {
            normals[sample].CopyTo(whitened, targets.Length);
            PendingValues[sample] = new double[pending.Length];
            for (var i = 0; i < pending.Length; i++)
            {
                var row = targets.Length + i;
                PendingValues[sample][i] = TensorPrimitives.Dot<double>(factor.AsSpan(row * _n, row + 1), whitened.AsSpan(0, row + 1));
            }

            _weights[sample] = new double[_n];
            for (var i = 0; i < _n; i++)
                _weights[sample][i] = TensorPrimitives.Dot<double>(_inverseTransposed.AsSpan((i * _n) + i, _n - i), whitened.AsSpan(i));
        }
    }

    public int Samples => _weights.Length;

    /// <summary>What the pending points have in each sample.</summary>
    public double[][] PendingValues { get; }

    public Scratch MakeScratch() => new(_n, _choices.Length, Samples);

    /// <summary>Means by sample into <see cref="Scratch.Means"/>.</summary>
    /// <returns>The variance of the function there, noise apart.</returns>
    public double Predict(ReadOnlySpan<double> point, Scratch scratch)
    {
        FillCovariances(point, scratch);
        for (var sample = 0; sample < Samples; sample++)
            scratch.Means[sample] = TensorPrimitives.Dot<double>(scratch.Covariances, _weights[sample]);
        for (var i = 0; i < _n; i++)
            scratch.Whitened[i] = TensorPrimitives.Dot<double>(_inverse.AsSpan(i * _n, i + 1), scratch.Covariances.AsSpan(0, i + 1));
        return Math.Max(1e-12, _kernel.Scale - TensorPrimitives.Dot<double>(scratch.Whitened, scratch.Whitened));
    }

    /// <summary>
    /// After <see cref="Predict"/> at the same point: adds to the gradient (by the coordinates; choices get none) that of
    /// sum(slopes by mean) and slope by variance.
    /// </summary>
    public void AddGradient(ReadOnlySpan<double> point, Scratch scratch, ReadOnlySpan<double> meanSlopes, double varianceSlope, Span<double> gradient)
    {
        // d variance / d k = -2 C^-1 k.
        var byCovariance = scratch.ByCovariance.AsSpan();
        for (var i = 0; i < _n; i++)
            byCovariance[i] = -2 * varianceSlope * TensorPrimitives.Dot<double>(_inverseTransposed.AsSpan((i * _n) + i, _n - i), scratch.Whitened.AsSpan(i));
        for (var sample = 0; sample < Samples; sample++)
            TensorPrimitives.MultiplyAdd(_weights[sample], meanSlopes[sample], byCovariance, byCovariance);
        TensorPrimitives.Multiply(byCovariance, scratch.Slopes, byCovariance);
        for (var axis = 0; axis < _choices.Length; axis++)
        {
            if (_choices[axis])
                continue;
            var sum = 0.0;
            for (var i = 0; i < _n; i++)
                sum += byCovariance[i] * (point[axis] - _points[i][axis]);
            gradient[axis] += 2 * _kernel.Precisions[axis] * sum;
        }
    }

    void FillCovariances(ReadOnlySpan<double> point, Scratch scratch)
    {
        var (scale, precisions) = (_kernel.Scale, _kernel.Precisions);
        var square = scratch.Whitened;
        for (var i = 0; i < _n; i++)
        {
            var other = _points[i];
            var sum = 0.0;
            for (var axis = 0; axis < precisions.Length; axis++)
            {
                var difference = point[axis] - other[axis];
                sum += precisions[axis] * (_choices[axis] ? difference == 0 ? 0 : 1 : difference * difference);
            }

            square[i] = 5 * sum;
        }

        // k = s e^-t (1 + t + t^2 / 3); its slope by r^2 is -5/6 s e^-t (1 + t).
        TensorPrimitives.Sqrt(square, scratch.Slopes);
        TensorPrimitives.Negate(scratch.Slopes, scratch.Covariances);
        TensorPrimitives.Exp(scratch.Covariances, scratch.Covariances);
        for (var i = 0; i < _n; i++)
        {
            var decay = scale * scratch.Covariances[i];
            var linear = 1 + scratch.Slopes[i];
            scratch.Covariances[i] = decay * (linear + (square[i] / 3));
            scratch.Slopes[i] = -5.0 / 6 * decay * linear;
        }
    }

    double[] Factor()
    {
        var scratch = new Scratch(_n, _choices.Length, 1);
        var matrix = new double[_n * _n];
        for (var i = 0; i < _n; i++)
        {
            FillCovariances(_points[i], scratch);
            scratch.Covariances.AsSpan(0, i + 1).CopyTo(matrix.AsSpan(i * _n));
        }

        for (var jitter = 0.0; ; jitter = jitter == 0 ? 1e-8 : jitter * 10)
        {
            var factor = (double[])matrix.Clone();
            for (var i = 0; i < _n; i++)
                factor[(i * _n) + i] = _kernel.Scale + _kernel.Noise + jitter;
            if (Cholesky.Factorize(factor, _n))
                return factor;
        }
    }

    /// <summary>Room for one prediction at a time.</summary>
    public sealed class Scratch(int points, int axes, int samples)
    {
        public double[] Covariances { get; } = new double[points];

        public double[] Slopes { get; } = new double[points];

        public double[] Whitened { get; } = new double[points];

        public double[] ByCovariance { get; } = new double[points];

        public double[] Gradient { get; } = new double[axes];

        public double[] Means { get; } = new double[samples];

        public double[] MeanSlopes { get; } = new double[samples];
    }
}
