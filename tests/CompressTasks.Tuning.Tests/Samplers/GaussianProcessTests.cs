namespace CompressTasks.Tuning.Tests;

public sealed class GaussianProcessTests
{
    static readonly bool[] Choices = [false, false, true];
    static readonly KernelParameters Kernel = new([2.0, 5.0, 0.7], 1.3, 1e-3);

    static (double[][] Points, double[] Targets) Data(int count)
    {
        var points = new double[count][];
        var targets = new double[count];
        for (var i = 0; i < count; i++)
        {
            var random = new RandomStream(4, i, 0);
            points[i] = [random.NextDouble(), random.NextDouble(), random.Next(3)];
            targets[i] = Math.Sin(4 * points[i][0]) + (points[i][1] * points[i][1]) + (0.3 * points[i][2]) - 1;
        }

        return (points, targets);
    }

    [Fact]
    public void Means_go_through_the_data_and_variances_vanish_there()
    {
        var (points, targets) = Data(25);
        var posterior = new Posterior(points, targets, [], [[]], Choices, Kernel with { Noise = 1e-8 });
        var scratch = posterior.MakeScratch();

        for (var i = 0; i < points.Length; i++)
        {
            var variance = posterior.Predict(points[i], scratch);
            Assert.Equal(targets[i], scratch.Means[0], 1e-4);
            Assert.InRange(variance, 0, 1e-6);
        }

        Assert.Equal(Kernel.Scale, posterior.Predict([50, 50, 9], scratch), 1e-6);
        Assert.Equal(0, scratch.Means[0], 1e-6);
    }

    [Fact]
    public void The_likelihood_has_the_gradient_that_it_says()
    {
        var (points, targets) = Data(12);
        var fit = new KernelFit(points, targets, Choices, noisy: false);
        double[] at = [0.3, -0.5, 0.2, 0.4, -3];
        var gradient = new double[5];
        var unused = new double[5];
        fit.NegativeLogPosterior(at, gradient);

        for (var i = 0; i < at.Length; i++)
        {
            double[] above = [.. at];
            double[] below = [.. at];
            above[i] += 1e-5;
            below[i] -= 1e-5;
            Assert.Equal((fit.NegativeLogPosterior(above, unused) - fit.NegativeLogPosterior(below, unused)) / 2e-5, gradient[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(-0.5, false)]
    [InlineData(-30, false)]
    [InlineData(0.2, true)]
    public void The_acquisition_has_the_gradient_that_it_says(double best, bool constrained)
    {
        var (points, targets) = Data(20);
        double[][] normals = [[0.3], [-1.2], [0.8]];
        var posterior = new Posterior(points, targets, [[0.3, 0.6, 1]], normals, Choices, Kernel);
        var bound = new Posterior(points, [.. targets.Select(target => -target)], [[0.3, 0.6, 1]], [[-0.5], [0.1], [2.1]], Choices, Kernel);
        var acquisition = new ExpectedImprovement(posterior, [best, best - 0.1, best + 0.2], constrained ? [(bound, -0.2)] : []);
        double[] at = [0.41, 0.77, 1];
        var gradient = new double[3];
        acquisition.Evaluate(at, gradient);

        for (var i = 0; i < 2; i++)
        {
            double[] above = [.. at];
            double[] below = [.. at];
            above[i] += 1e-5;
            below[i] -= 1e-5;
            var expected = (acquisition.Evaluate(above, []) - acquisition.Evaluate(below, [])) / 2e-5;
            Assert.Equal(expected, gradient[i], 1e-5 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void Samples_of_pending_points_have_the_posteriors_mean_and_spread()
    {
        var (points, targets) = Data(15);
        double[] pending = [0.5, 0.5, 1];
        var alone = new Posterior(points, targets, [], [[]], Choices, Kernel);
        var scratch = alone.MakeScratch();
        var variance = alone.Predict(pending, scratch);
        var normals = Enumerable.Range(0, 1000).Select(i => new[] { Normal.Quantile((i + 0.5) / 1000) }).ToArray();

        var values = new Posterior(points, targets, [pending], normals, Choices, Kernel).PendingValues.Select(sample => sample[0]).ToArray();

        Assert.Equal(scratch.Means[0], values.Average(), 1e-6);
        Assert.Equal(variance + Kernel.Noise, values.Average(value => Math.Pow(value - scratch.Means[0], 2)), 0.01 * variance);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(-8)]
    [InlineData(-24)]
    [InlineData(-26)]
    [InlineData(-1000)]
    [InlineData(-1e6)]
    public void The_logarithm_of_improvement_is_right_however_small(double z)
    {
        // phi(z) times the integral of s exp(z s - s^2 / 2), by Simpson's rule over the width that counts.
        var end = z < -1 ? 60 / -z : 12 + z;
        const int N = 100_000;
        var sum = 0.0;
        for (var i = 0; i <= N; i++)
        {
            var s = end * i / N;
            sum += (i == 0 || i == N ? 1 : i % 2 == 1 ? 4 : 2) * s * Math.Exp((z * s) - (s * s / 2));
        }

        Assert.Equal(Normal.LogDensity(z) + Math.Log(sum * end / N / 3), ExpectedImprovement.LogImprovement(z), 1e-6 * Math.Max(1, z * z / 1e3));
    }

    [Fact]
    public void Warped_outputs_keep_their_order_and_are_standard()
    {
        double[] losses = [.. Enumerable.Range(0, 40).Select(i => Math.Exp(i / 3.0)), double.PositiveInfinity, double.NaN];

        var warped = OutputWarp.Apply(losses);

        Assert.Equal(0, warped.Average(), 1e-9);
        Assert.Equal(1, warped.Average(value => value * value), 1e-9);
        Assert.Equal(warped.Take(40).Order(), warped.Take(40));
        Assert.Equal(warped.Max(), warped[40]);
        Assert.True(warped.Max() < 4 && warped.Min() > -4);
    }

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(-double.MaxValue)]
    [InlineData(1e300)]
    public void Penalties_of_any_size_are_warped(double penalty)
    {
        var few = OutputWarp.Apply([0.1, 0.2, 0.3, 0.4, 0.5, penalty]);
        var warped = OutputWarp.Apply([0.1, 0.2, 0.3, penalty, penalty, penalty, penalty]);

        Assert.All(warped, value => Assert.True(double.IsFinite(value)));
        Assert.Equal(1, warped.Average(value => value * value), 1e-9);
        if (penalty > 0) Assert.Equal(few.Distinct().Order(), few);
        Assert.Equal(penalty > 0 ? warped.Max() : warped.Min(), warped[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Trials_of_another_range_alone_are_as_good_as_none(int startup)
    {
        using var storage = new MemoryStorage();
        using (var earlier = new Study(new SearchSpace().Float("x", 0, 1), new StudyOptions { Storage = storage, TotalTrials = 6, Sampler = new RandomSampler() }))
            earlier.Run(trial => trial.Float("x"));

        using var study = new Study(new SearchSpace().Float("x", 5, 6), new StudyOptions { Storage = storage, TotalTrials = 14, Sampler = new GaussianProcessSampler { StartupTrials = startup } });
        study.Run(trial => Math.Abs(trial.Float("x") - 5.3));

        Assert.All(study.Trials.Skip(6), trial => Assert.InRange(trial.Configuration.Float("x"), 5, 6));
        Assert.Equal(0.0, study.Trials.Skip(6).Min(trial => trial.Values[0]), 0.1);
    }

    [Fact]
    public void It_finds_the_minimum_of_branin_in_forty_trials()
    {
        using var study = new Study(new SearchSpace().Float("x", -5, 10).Float("y", 0, 15), new StudyOptions { Sampler = new GaussianProcessSampler(), TotalTrials = 40 });

        study.Run(trial =>
        {
            var (x, y) = (trial.Float("x"), trial.Float("y"));
            return Math.Pow(y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6, 2) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
        });

        Assert.Equal(0.397887, study.Best!.Values[0], 2e-3);
    }

    [Fact]
    public void Measured_constraints_are_kept()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = new GaussianProcessSampler(), TotalTrials = 45, Measured = ["x above 2"] });

        study.Run((trial, _) => TrialOutcome.Complete(Quadratic.Value(trial)).Measured(2 - trial.Float("x")));

        // The best allowed point is x = 2, y = -2 with 1.
        Assert.Equal(1, study.Best!.Values[0], 0.05);
        Assert.True(study.Best.IsFeasible);
    }

    /// <summary>The objective falls towards what is forbidden (Gardner et al. 2014), where the pending trials would be best.</summary>
    [Fact]
    public void Pending_trials_that_will_break_a_constraint_are_nothing_to_improve_on()
    {
        using var study = new Study(
            new SearchSpace().Float("x", 0, 1).Float("y", 0, 1),
            new StudyOptions { Sampler = new GaussianProcessSampler(), TotalTrials = 70, Measured = ["bound"] });
        var running = new Queue<Trial>();
        while (true)
        {
            while (running.Count < 8 && study.Ask() is { } asked)
                running.Enqueue(asked);
            if (!running.TryDequeue(out var trial))
                break;
            var (x, y) = (trial.Float("x"), trial.Float("y"));
            study.Tell(trial, TrialOutcome.Complete(x + y).Measured(1.5 - x - (2 * y) - (0.5 * Math.Sin(2 * Math.PI * ((x * x) - (2 * y))))));
        }

        Assert.Equal(0.5997881, study.Best!.Values[0], 0.002);
    }
}
