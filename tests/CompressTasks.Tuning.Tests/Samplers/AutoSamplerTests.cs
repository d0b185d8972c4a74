namespace CompressTasks.Tuning.Tests;

public sealed class AutoSamplerTests
{
    [Fact]
    public void A_process_suggests_for_several_objectives_and_for_many_parameters()
    {
        var wide = Enumerable.Range(0, 40).Aggregate(new SearchSpace(), (space, axis) => space.Float("x" + axis, 0, 1));

        var origins = Origins(wide, noisy: false, [new("sum"), new("first")], 14);

        Assert.All(origins.Skip(10), origin => Assert.Equal("gp", origin));
    }

    [Fact]
    public void With_noise_the_process_and_TPE_take_turns()
    {
        var origins = Origins(new SearchSpace().Float("x0", 0, 1).Float("x1", 0, 1), noisy: true, [new("sum")], 24);

        Assert.All(origins.Skip(12).Where((_, index) => index % 2 == 0), origin => Assert.Equal("gp", origin));
        Assert.All(origins.Skip(12).Where((_, index) => index % 2 == 1), origin => Assert.Equal("tpe", origin));
    }

    [Fact]
    public void Beyond_what_a_process_is_good_for_TPE_and_zooming_search_take_turns()
    {
        var wider = Enumerable.Range(0, 51).Aggregate(new SearchSpace(), (space, axis) => space.Float("x" + axis, 0, 1));

        var origins = Origins(wider, noisy: false, [new("sum")], 40);

        Assert.DoesNotContain("gp", origins);
        Assert.Contains("tpe", origins);
        Assert.Contains("random zoom", origins);
    }

    static string[] Origins(SearchSpace space, bool noisy, Objective[] objectives, int trials)
    {
        using var study = new Study(space, new StudyOptions { TotalTrials = trials, Noisy = noisy, Objectives = [.. objectives] });
        study.Run((trial, _) =>
        {
            var values = space.Parameters.Select(parameter => trial.Float(parameter.Name)).ToArray();
            return TrialOutcome.Complete([.. new[] { values.Sum(value => (value - 0.3) * (value - 0.3)), values[0] }.Take(objectives.Length)]);
        });
        return [.. study.Trials.Select(trial => trial.Origin)];
    }
}
