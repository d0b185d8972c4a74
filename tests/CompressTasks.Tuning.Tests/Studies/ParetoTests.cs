namespace CompressTasks.Tuning.Tests;

public sealed class ParetoTests
{
    [Fact]
    public void A_hypervolume_in_two_dimensions_is_an_area_of_steps()
    {
        double[][] points = [[1, 4], [2, 2], [4, 1], [3, 3], [9, 9]];

        Assert.Equal(((5 - 1) * (5 - 4)) + ((5 - 2) * (4 - 2)) + ((5 - 4) * (2 - 1)), ParetoOrder.Hypervolume(points, [5, 5]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_hypervolume_agrees_with_counting_points(int objectives)
    {
        var random = new RandomStream(1, objectives, 0);
        var points = Enumerable.Range(0, 8).Select(_ => Enumerable.Range(0, objectives).Select(_ => random.NextDouble()).ToArray()).ToArray();
        var inside = 0;
        const int N = 200_000;
        for (var i = 0; i < N; i++)
        {
            var at = Enumerable.Range(0, objectives).Select(_ => random.NextDouble()).ToArray();
            inside += points.Any(point => point.Zip(at).All(pair => pair.First <= pair.Second)) ? 1 : 0;
        }

        Assert.Equal(inside / (double)N, ParetoOrder.Hypervolume(points, [.. Enumerable.Repeat(1.0, objectives)]), 5e-3);
    }

    [Fact]
    public void Ranks_peel_off_one_front_after_the_other()
    {
        Assert.Equal([0, 0, 1, 2, 0], ParetoOrder.Ranks([[1, 3], [2, 2], [2, 3], [4, 4], [3, 1]]));
    }

    [Theory]
    [InlineData("tpe")]
    [InlineData("gp")]
    [InlineData("auto")]
    public void Two_objectives_are_searched_better_than_by_chance(string name)
    {
        double Volume(ISampler sampler)
        {
            using var study = new Study(Quadratic.Space.Float("z", 0, 1), new StudyOptions { Objectives = [new("error"), new("gain", Direction.Maximize)], Sampler = sampler, TotalTrials = 50 });
            study.Run((trial, _) =>
            {
                var far = Math.Pow(trial.Float("y"), 2) + trial.Float("z");
                return TrialOutcome.Complete(Math.Pow(trial.Float("x") - 2, 2) + far, -Math.Pow(trial.Float("x") + 2, 2) - far);
            });
            Assert.All(study.ParetoFront, trial => Assert.DoesNotContain(study.Trials, other => other.Values[0] < trial.Values[0] && other.Values[1] > trial.Values[1]));
            return study.Hypervolume(20, -20);
        }

        Assert.True(Volume(Quadratic.Sampler(name)) > Volume(new RandomSampler()) * 1.02);
    }
}
