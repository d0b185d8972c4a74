namespace CompressTasks.Tuning.Tests;

public sealed class NumericsTests
{
    [Theory]
    [InlineData(-3)]
    [InlineData(-0.7)]
    [InlineData(-0.3)]
    [InlineData(0)]
    [InlineData(0.2)]
    [InlineData(0.46)]
    [InlineData(0.48)]
    [InlineData(1)]
    [InlineData(2.5)]
    public void The_complementary_error_function_agrees_with_its_series(double x)
    {
        var (term, sum) = (x, x);
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        Assert.Equal(1 - (2 / Math.Sqrt(Math.PI) * sum), ErrorFunction.Complement(x), 1e-13);
    }

    [Theory]
    [InlineData(3.9)]
    [InlineData(4.1)]
    [InlineData(8)]
    [InlineData(30)]
    [InlineData(1e6)]
    public void The_scaled_one_agrees_with_its_continued_fraction(double x)
    {
        var fraction = 0.0;
        for (var n = 300; n > 0; n--)
            fraction = n / 2.0 / (x + fraction);

        Assert.Equal(1, ErrorFunction.ScaledComplement(x) * Math.Sqrt(Math.PI) * (x + fraction), 1e-13);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-20)]
    [InlineData(0.001)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void The_quantile_inverts_the_probability(double probability)
    {
        Assert.Equal(1, Math.Exp(Normal.LogCumulative(Normal.Quantile(probability)) - Math.Log(probability)), probability < 1e-290 ? 1e-2 : 1e-9);
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(-9, -7)]
    [InlineData(7, 9)]
    [InlineData(-40, -39)]
    [InlineData(-8, 8)]
    [InlineData(3, 3.001)]
    public void The_mass_between_bounds_keeps_its_digits(double from, double to)
    {
        // Simpson's rule on the density relative to its largest value there.
        var peak = from > 0 ? from : to < 0 ? to : 0;
        const int N = 20_000;
        var sum = 0.0;
        for (var i = 0; i <= N; i++)
        {
            var z = from + ((to - from) * i / N);
            sum += (i == 0 || i == N ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(((peak * peak) - (z * z)) / 2);
        }

        var expected = Math.Log(sum * (to - from) / N / 3) - (peak * peak / 2) - Normal.LogSqrtTwoPi;
        Assert.Equal(expected, Normal.LogMass(from, to), 1e-8);
    }

    [Theory]
    [InlineData(0.5, 0.2)]
    [InlineData(-3, 0.1)]
    [InlineData(4, 0.1)]
    [InlineData(60, 1)]
    public void Truncated_draws_stay_inside_and_keep_their_order(double mean, double deviation)
    {
        var draws = Enumerable.Range(1, 99).Select(i => Normal.TruncatedQuantile(i / 100.0, mean, deviation, 0, 1)).ToArray();

        Assert.All(draws, draw => Assert.InRange(draw, 0, 1));
        Assert.Equal(draws.Order(), draws);
        Assert.True(draws.Distinct().Count() > 90);
    }

    [Fact]
    public void A_factor_times_its_transpose_is_the_matrix_and_its_inverse_is_one()
    {
        const int N = 17;
        var random = new RandomStream(3, 0, 0);
        var half = new double[N * N];
        foreach (ref var value in half.AsSpan())
            value = random.NextNormal();
        var matrix = new double[N * N];
        for (var i = 0; i < N; i++)
            for (var j = 0; j < N; j++)
                matrix[(i * N) + j] = Enumerable.Range(0, N).Sum(k => half[(i * N) + k] * half[(j * N) + k]) + (i == j ? 1 : 0);
        var factor = (double[])matrix.Clone();

        Assert.True(Cholesky.Factorize(factor, N));

        var inverse = Cholesky.InverseTransposed(factor, N);
        for (var i = 0; i < N; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                Assert.Equal(matrix[(i * N) + j], Enumerable.Range(0, j + 1).Sum(k => factor[(i * N) + k] * factor[(j * N) + k]), 1e-10);
                Assert.Equal(i == j ? 1 : 0, Enumerable.Range(j, i - j + 1).Sum(k => factor[(i * N) + k] * inverse[(j * N) + k]), 1e-10);
            }
        }

        Assert.False(Cholesky.Factorize([1, 0, 2, 1], 2));
    }

    [Fact]
    public void The_minimizer_finds_the_valley_of_rosenbrock_and_stops_at_bounds()
    {
        static double Rosenbrock(ReadOnlySpan<double> x, Span<double> gradient)
        {
            var valley = x[1] - (x[0] * x[0]);
            gradient[0] = (-400 * valley * x[0]) - (2 * (1 - x[0]));
            gradient[1] = 200 * valley;
            return (100 * valley * valley) + ((1 - x[0]) * (1 - x[0]));
        }

        double[] free = [-1.2, 1];
        double[] bounded = [-1.2, 1];

        Assert.Equal(0, BoxMinimizer.Minimize(Rosenbrock, free, [-5, -5], [5, 5], 500, 1e-8), 1e-8);
        BoxMinimizer.Minimize(Rosenbrock, bounded, [-5, -5], [0.5, 5], 500, 1e-8);

        Assert.Equal([1, 1], free.Select(x => Math.Round(x, 3)));
        Assert.Equal([0.5, 0.25], bounded.Select(x => Math.Round(x, 3)));
    }

    [Fact]
    public void Eigenvectors_rebuild_the_matrix()
    {
        double[] matrix = [4, 1, -2, 1, 3, 0.5, -2, 0.5, 5];

        var (roots, vectors) = SymmetricEigen.Decompose(matrix, 3);

        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
                Assert.Equal(matrix[(i * 3) + j], Enumerable.Range(0, 3).Sum(k => vectors[(i * 3) + k] * roots[k] * roots[k] * vectors[(j * 3) + k]), 1e-10);
    }

    [Fact]
    public void Sobol_points_fill_every_interval_and_square_once()
    {
        foreach (var seed in new[] { 0, 1, 77 })
        {
            var sequence = new SobolSequence(seed, 64);
            var points = Enumerable.Range(0, 256).Select(sequence.Point).ToArray();

            for (var dimension = 0; dimension < 64; dimension++)
                Assert.Equal(256, points.Select(point => (int)(point[dimension] * 256)).Distinct().Count());
            Assert.Equal(256, points.Select(point => ((int)(point[0] * 16), (int)(point[1] * 16))).Distinct().Count());
        }

        Assert.NotEqual(new SobolSequence(0, 2).Point(5), new SobolSequence(1, 2).Point(5));
    }

    [Fact]
    public void Random_streams_depend_on_all_that_they_belong_to()
    {
        var draws = new[] { (0L, 0L, 0L), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1) }.Select(key => new RandomStream(key.Item1, key.Item2, key.Item3).NextBits()).ToArray();
        var uniform = new RandomStream(5, 5, 5);
        var mean = Enumerable.Range(0, 20_000).Average(_ => uniform.NextDouble());

        Assert.Equal(5, draws.Distinct().Count());
        Assert.Equal(0.5, mean, 0.01);
    }
}
