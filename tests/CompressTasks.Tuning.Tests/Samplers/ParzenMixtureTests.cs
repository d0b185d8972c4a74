namespace CompressTasks.Tuning.Tests;

public sealed class ParzenMixtureTests
{
    static History Trials(SearchSpace space, int count)
    {
        var history = new History(space, [new("value")]);
        for (var number = 0; number < count; number++)
        {
            var random = new RandomStream(9, number, 0);
            history.Update(new() { Number = number, Configuration = history.Encoding.Decode(history.Encoding.Draw(ref random)), State = TrialState.Complete, Values = [number], Origin = "test" });
        }

        return history;
    }

    static ParzenMixture Mixture(History history, int[] axes)
    {
        var members = Enumerable.Range(0, history.Observations.Count).ToArray();
        var weights = members.Select(number => 1.0 + (number % 3)).Append(1).ToArray();
        return new(history, axes, members, members, weights, 0.05);
    }

    static double Density(ParzenMixture mixture, double[] point)
    {
        var density = new double[1];
        mixture.AddLogDensities([point], density, 1);
        return Math.Exp(density[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60)]
    public void The_density_of_a_number_integrates_to_one(int trials)
    {
        var mixture = Mixture(Trials(new SearchSpace().Float("x", 0, 1), trials), [0]);

        Assert.Equal(1, Enumerable.Range(0, 4000).Average(i => Density(mixture, [(i + 0.5) / 4000])), 1e-4);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300)]
    public void The_masses_of_whole_numbers_sum_up_to_one(int values)
    {
        foreach (var parameter in new[] { new IntParameter("k", 1, values), new IntParameter("k", 1, values) { Logarithmic = true } })
        {
            var history = Trials(new([parameter]), 20);
            var axis = history.Encoding.Axes[0];
            var mixture = Mixture(history, [0]);

            Assert.Equal(1, Enumerable.Range(0, values).Sum(level => Density(mixture, [axis.LevelCoordinate(level)])), 5e-3);
        }
    }

    [Fact]
    public void The_joint_density_over_choices_and_conditions_sums_up_to_one()
    {
        var space = new SearchSpace().Categorical("c", "p", "q", "r").Int("k", 1, 4).When("c", "p").Boolean("b");
        var history = Trials(space, 25);
        var mixture = Mixture(history, [0, 1, 2]);

        var total = Enumeration.All(history.Encoding).Sum(configuration => Density(mixture, history.Encoding.Encode(configuration)!));

        Assert.Equal(1, total, 1e-3);
    }

    [Fact]
    public void Draws_follow_the_density()
    {
        var mixture = Mixture(Trials(new SearchSpace().Float("x", 0, 1), 6), [0]);
        var random = new RandomStream(1, 2, 3);
        var point = new double[1];
        var counts = new int[10];
        for (var i = 0; i < 20_000; i++)
        {
            mixture.Draw(point, ref random);
            counts[Math.Min(9, (int)(point[0] * 10))]++;
        }

        for (var bin = 0; bin < 10; bin++)
            Assert.Equal(Enumerable.Range(0, 200).Average(i => Density(mixture, [(bin + ((i + 0.5) / 200)) / 10])) / 10, counts[bin] / 20_000.0, 0.012);
    }
}
