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
}
