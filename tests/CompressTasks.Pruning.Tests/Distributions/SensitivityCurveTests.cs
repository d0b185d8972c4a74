using CompressTasks.Pruning.Distributions;

namespace CompressTasks.Pruning.Tests.Distributions;

public class SensitivityCurveTests
{
    [Fact]
    public void A_fit_that_does_not_fall_has_the_least_weighted_squares()
    {
        var random = new Random(1);
        for (var round = 0; round < 50; round++)
        {
            double[] values = [.. Enumerable.Range(0, 4).Select(_ => (double)random.Next(8))], weights = [.. Enumerable.Range(0, 4).Select(_ => random.Next(1, 5) * 1.0)];
            var fitted = MonotoneFit.NotFalling(values, weights);
            Assert.All(fitted.Zip(fitted.Skip(1)), pair => Assert.True(pair.First <= pair.Second + 1e-12));
            double Squares(double[] candidate) => candidate.Select((value, i) => weights[i] * Math.Pow(value - values[i], 2)).Sum();
            // Every sequence on a grid that does not fall.
            foreach (var candidate in Rising(4, 0, 7, 1)) Assert.True(Squares(fitted) <= Squares(candidate) + 1e-9);
        }
    }

    [Fact]
    public void The_curve_starts_at_nothing_goes_through_its_points_and_on_beyond_the_last()
    {
        var curve = new SensitivityCurve([new(0.5, 1, 0.1), new(0.25, 0.2, 0.1), new(0.75, 3, 0.1)]);
        Assert.Equal([0, 0.1, 0.2, 0.6, 1, 3, 5], new[] { 0, 0.125, 0.25, 0.375, 0.5, 0.75, 1 }.Select(curve.Rise), (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void A_gain_by_chance_counts_as_nothing_and_the_surer_point_weighs_more()
    {
        Assert.Equal(0, new SensitivityCurve([new(0.5, -0.3, 0.1)]).Rise(0.5));
        // 2 (error 1) then 1 (error 0.5): pooled with weights 1 and 4.
        Assert.Equal(1.2, new SensitivityCurve([new(0.25, 2, 1), new(0.5, 1, 0.5)]).Rise(0.5), 1e-12);
    }

    static IEnumerable<double[]> Rising(int length, double from, double to, double step)
    {
        if (length == 0)
        {
            yield return [];
            yield break;
        }

        for (var first = from; first <= to; first += step)
        {
            foreach (var rest in Rising(length - 1, first, to, step)) yield return [first, .. rest];
        }
    }
}
