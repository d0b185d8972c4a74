namespace CompressTasks.Training.Tests.Optimization;

public class LearningRatesTests
{
    static readonly TrainingRecipe Recipe = new() { Epochs = 10, LearningRate = 0.4 };

    [Fact]
    public void Cosine_falls_from_the_rate_over_half_of_it_to_zero()
    {
        Assert.Equal(0.4, LearningRates.At(Recipe, 0, 100), 12);
        Assert.Equal(0.2, LearningRates.At(Recipe, 500, 100), 12);
        Assert.InRange(LearningRates.At(Recipe, 999, 100), 0, 1e-5);
    }

    [Fact]
    public void Warm_up_rises_linearly_and_the_schedule_follows_it()
    {
        var recipe = Recipe with { WarmupEpochs = 2, Schedule = LearningRateSchedule.Constant };
        Assert.Equal(0.4 / 200, LearningRates.At(recipe, 0, 100), 12);
        Assert.Equal(0.2, LearningRates.At(recipe, 99, 100), 12);
        Assert.Equal(0.4, LearningRates.At(recipe, 199, 100), 12);
        Assert.Equal(0.4, LearningRates.At(recipe, 999, 100), 12);
        Assert.Equal(0.2, LearningRates.At(recipe with { Schedule = LearningRateSchedule.Cosine }, 600, 100), 12);
    }

    [Fact]
    public void One_cycle_has_its_peak_after_three_tenths()
    {
        var recipe = Recipe with { Schedule = LearningRateSchedule.OneCycle };
        Assert.Equal(0.4 / 25, LearningRates.At(recipe, 0, 100), 12);
        Assert.Equal(0.4, LearningRates.At(recipe, 300, 100), 12);
        Assert.InRange(LearningRates.At(recipe, 999, 100), 0, 1e-5);
    }

    [Theory]
    [InlineData(499, 0.4)]
    [InlineData(500, 0.04)]
    [InlineData(750, 0.004)]
    public void Steps_divide_by_ten_at_half_and_three_quarters(int step, double rate) =>
        Assert.Equal(rate, LearningRates.At(Recipe with { Schedule = LearningRateSchedule.Step }, step, 100), 12);
}
