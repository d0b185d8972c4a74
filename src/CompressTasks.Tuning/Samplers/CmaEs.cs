using System.Numerics.Tensors;

namespace CompressTasks.Tuning;

/// <summary>
/// The state of a covariance matrix adaptation evolution strategy (Hansen 2016, "The CMA evolution strategy: a tutorial"): rank-one and rank-mu updates with
/// cumulative step-size adaptation, in a box of side 1.
/// </summary>
sealed class CmaEs
{
    const double StartDeviation = 0.25;

    readonly int _n;
    readonly double[] _weights;
    readonly double _effective;
    readonly double _sigmaRate;
    readonly double _sigmaDamping;
    readonly double _pathRate;
    readonly double _rankOne;
    readonly double _rankMu;
    readonly double _normalLength;
    readonly double[] _covariance;
    readonly double[] _sigmaPath;
    readonly double[] _path;
    double[] _vectors;
    double[] _roots;

    public CmaEs(double[] mean, int population)
    {
        _n = mean.Length;
        Mean = mean;
        Population = population;
        _weights = [.. Enumerable.Range(1, population / 2).Select(rank => Math.Log((population + 1) / 2.0) - Math.Log(rank))];
        TensorPrimitives.Divide(_weights, TensorPrimitives.Sum<double>(_weights), _weights);
        _effective = 1 / TensorPrimitives.SumOfSquares<double>(_weights);
        _sigmaRate = (_effective + 2) / (_n + _effective + 5);
        _sigmaDamping = 1 + (2 * Math.Max(0, Math.Sqrt((_effective - 1) / (_n + 1)) - 1)) + _sigmaRate;
        _pathRate = (4 + (_effective / _n)) / (_n + 4 + (2 * _effective / _n));
        _rankOne = 2 / (((_n + 1.3) * (_n + 1.3)) + _effective);
        _rankMu = Math.Min(1 - _rankOne, 2 * (_effective - 2 + (1 / _effective)) / (((_n + 2.0) * (_n + 2)) + _effective));
        _normalLength = Math.Sqrt(_n) * (1 - (1 / (4.0 * _n)) + (1 / (21.0 * _n * _n)));
        _covariance = new double[_n * _n];
        for (var i = 0; i < _n; i++)
            _covariance[(i * _n) + i] = 1;
        _sigmaPath = new double[_n];
        _path = new double[_n];
        (_roots, _vectors) = SymmetricEigen.Decompose(_covariance, _n);
    }

    public double[] Mean { get; }

    public int Population { get; }

    public int Generation { get; private set; }

    public double Sigma { get; private set; } = StartDeviation;

    /// <summary>Whether the distribution has shrunk to nothing or lost its shape, so that going on is of no use.</summary>
    public bool IsDone => Sigma * _roots.Max() < 1e-7 || _roots.Max() / _roots.Min() > 1e7;

    /// <summary>The standard deviation along a coordinate.</summary>
    public double Deviation(int axis) => Sigma * Math.Sqrt(_covariance[(axis * _n) + axis]);

    /// <summary>A point of the distribution; not cut off at the box.</summary>
    public double[] Draw(ref RandomStream random)
    {
        var scaled = new double[_n];
        for (var i = 0; i < _n; i++)
            scaled[i] = _roots[i] * random.NextNormal();
        var point = new double[_n];
        for (var i = 0; i < _n; i++)
            point[i] = Mean[i] + (Sigma * TensorPrimitives.Dot<double>(_vectors.AsSpan(i * _n, _n), scaled));
        return point;
    }

    /// <summary>Moves the distribution to the better half of a generation.</summary>
    /// <param name="ranked">Its points, the best first.</param>
    public void Update(IReadOnlyList<double[]> ranked)
    {
        var steps = ranked.Take(_weights.Length).Select(point => point.Zip(Mean, (x, m) => (x - m) / Sigma).ToArray()).ToArray();
        var step = new double[_n];
        for (var i = 0; i < steps.Length; i++)
            TensorPrimitives.MultiplyAdd(steps[i], _weights[i], step, step);
        TensorPrimitives.MultiplyAdd(step, Sigma, Mean, Mean);

        var white = Whiten(step);
        var inertia = Math.Sqrt(_sigmaRate * (2 - _sigmaRate) * _effective);
        for (var i = 0; i < _n; i++)
            _sigmaPath[i] = ((1 - _sigmaRate) * _sigmaPath[i]) + (inertia * white[i]);
        Generation++;
        var length = TensorPrimitives.Norm<double>(_sigmaPath);
        var isShort = length / Math.Sqrt(1 - Math.Pow(1 - _sigmaRate, 2 * Generation)) < (1.4 + (2 / (_n + 1.0))) * _normalLength;
        var spread = isShort ? Math.Sqrt(_pathRate * (2 - _pathRate) * _effective) : 0;
        for (var i = 0; i < _n; i++)
            _path[i] = ((1 - _pathRate) * _path[i]) + (spread * step[i]);

        var keep = 1 - _rankOne - _rankMu + (isShort ? 0 : _rankOne * _pathRate * (2 - _pathRate));
        TensorPrimitives.Multiply(_covariance, keep, _covariance);
        AddOuter(_path, _rankOne);
        for (var i = 0; i < steps.Length; i++)
            AddOuter(steps[i], _rankMu * _weights[i]);
        Sigma = Math.Min(1, Sigma * Math.Exp(Math.Min(1, _sigmaRate / _sigmaDamping * ((length / _normalLength) - 1))));
        (_roots, _vectors) = SymmetricEigen.Decompose(_covariance, _n);
    }

    /// <summary>C^-1/2 step.</summary>
    double[] Whiten(double[] step)
    {
        var inner = new double[_n];
        for (var k = 0; k < _n; k++)
        {
            for (var i = 0; i < _n; i++)
                inner[k] += _vectors[(i * _n) + k] * step[i];
            inner[k] /= _roots[k];
        }

        var white = new double[_n];
        for (var i = 0; i < _n; i++)
            white[i] = TensorPrimitives.Dot<double>(_vectors.AsSpan(i * _n, _n), inner);
        return white;
    }

    void AddOuter(double[] vector, double weight)
    {
        for (var i = 0; i < _n; i++)
            TensorPrimitives.MultiplyAdd(vector, weight * vector[i], _covariance.AsSpan(i * _n, _n), _covariance.AsSpan(i * _n, _n));
    }
}
