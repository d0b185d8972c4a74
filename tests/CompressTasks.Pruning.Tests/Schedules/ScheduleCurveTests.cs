using CompressTasks.Pruning.Schedules;

namespace CompressTasks.Pruning.Tests.Schedules;

public sealed class ScheduleCurveTests
{
    [Theory]
    [InlineData(PruningSchedule.Constant, 0.55)]
    [InlineData(PruningSchedule.Linear, 0.325)]
    [InlineData(PruningSchedule.Cubic, 0.2125)]
    [InlineData(PruningSchedule.Exponential, 0.316228)]
    [InlineData(PruningSchedule.OneShot, 0.1)]
    public void Half_way_to_a_tenth(PruningSchedule schedule, double left) => Assert.Equal(left, schedule.Left(0.5, 0.1), 6);

    [Theory]
    [InlineData(PruningSchedule.Constant)]
    [InlineData(PruningSchedule.Linear)]
    [InlineData(PruningSchedule.Cubic)]
    [InlineData(PruningSchedule.Exponential)]
    public void All_is_there_at_first_and_the_target_at_the_end(PruningSchedule schedule)
    {
        Assert.Equal(1, schedule.Left(0, 0.02), 12);
        Assert.Equal(0.02, schedule.Left(1, 0.02), 12);
        Assert.True(schedule.Left(0.3, 0.02) > schedule.Left(0.4, 0.02));
    }
}
