namespace CompressTasks.Tuning.Tests;

public sealed class GridTests
{
    [Fact]
    public void A_plain_grid_is_the_product_of_its_levels_and_then_the_study_ends()
    {
        var space = new SearchSpace().Float("x", 0, 1).Int("k", 1, 2).Categorical("c", "p", "q", "r");
        using var study = new Study(space, new StudyOptions { Sampler = new GridSampler { Levels = 4, Refining = false } });

        study.Run(trial => trial.Float("x"));

        Assert.Equal(4 * 2 * 3, study.Trials.Length);
        Assert.Equal([0.125, 0.375, 0.625, 0.875], study.Trials.Select(trial => trial.Configuration.Float("x")).Distinct().Order());
        Assert.Equal(ClaimStatus.Exhausted, study.LastStatus);
    }

    [Fact]
    public void It_goes_past_the_border_as_far_as_it_may()
    {
        var space = new SearchSpace()
            .With(new FloatParameter("rate", 1e-3, 1e-1) { Logarithmic = true, Highest = 10 })
            .With(new IntParameter("width", 8, 16) { Highest = 40 })
            .Float("hard", 0, 1);
        using var study = new Study(space, new StudyOptions { Sampler = new GridSampler(), TotalTrials = 100 });

        study.Run(trial => Math.Pow(Math.Log10(trial.Float("rate")) - Math.Log10(0.7), 2) + (0.01 * Math.Pow(trial.Int("width") - 30, 2)) + Math.Pow(trial.Float("hard") - 1.5, 2));

        Assert.Equal(0.7, study.Best!.Configuration.Float("rate"), 0.05);
        Assert.Equal(30, study.Best.Configuration.Int("width"));
        Assert.Equal(1, study.Best.Configuration.Float("hard"), 1e-6);
        Assert.All(study.Trials, trial => study.Space.Check(trial.Configuration));
    }

    [Fact]
    public void Every_round_is_finer_around_the_best_point()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = new GridSampler(), TotalTrials = 120 });

        study.Run(Quadratic.Value);

        Assert.True(study.Best!.Values[0] < 1e-5, study.Best.ToString());
        Assert.True(study.Trials.Select(trial => trial.Origin).Distinct().Count() > 5);
    }

    [Theory]
    [InlineData("constraint")]
    [InlineData("noisy")]
    public void Where_no_mesh_has_a_point_left_it_goes_on_at_random(string why)
    {
        var space = why == "noisy"
            ? new SearchSpace().Int("a", 1, 2).Categorical("b", "p", "q", "r")
            : new SearchSpace().Float("a", 0, 1).Float("b", 0, 1).Subject("a + b <= 0.14");
        using var study = new Study(space, new StudyOptions { Sampler = new GridSampler(), TotalTrials = 40, Noisy = why == "noisy" });

        study.Run(trial => trial.Number);

        Assert.Equal(40, study.Trials.Length);
        Assert.All(study.Trials, trial => space.Check(trial.Configuration));
        Assert.Contains(study.Trials, trial => trial.Origin == "random");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_space_without_an_allowed_point_is_an_error(bool refining)
    {
        var space = new SearchSpace().Float("a", 0, 1).Subject("a >= 2");
        using var study = new Study(space, new StudyOptions { Sampler = new GridSampler { Refining = refining }, TotalTrials = 40 });

        Assert.Equal(TuningException.Infeasible, Assert.Throws<TuningException>(() => study.Run(trial => 0)).Code);
    }

    [Fact]
    public void A_plain_grid_that_has_too_many_choices_takes_some_of_each()
    {
        var space = new SearchSpace().Categorical("a", 1, 2, 3, 4, 5).Categorical("b", 1, 2, 3, 4, 5);
        using var study = new Study(space, new StudyOptions { Sampler = new GridSampler { Refining = false }, TotalTrials = 20 });

        study.Run(trial => trial.Float("a"));

        Assert.Equal(20, study.Trials.Length);
        Assert.Equal(5, study.Trials.Select(trial => trial.Configuration.Float("b")).Distinct().Count());
    }
}
