namespace CompressTasks.Tuning.Tests;

public sealed class StoppingRuleTests
{
    static readonly SearchSpace Space = new SearchSpace().Float("x", 0, 1);

    static Study Make(IStoppingRule rule, params Objective[] objectives) => new(Space, new StudyOptions
    {
        Sampler = new RandomSampler(),
        Stopping = rule,
        Objectives = objectives.Length > 0 ? [.. objectives] : [new("error")],
    });

    /// <summary>Reports 1 to <paramref name="steps"/> of a curve; the step at which it was stopped, or 0.</summary>
    static int Train(Study study, int steps, params Func<int, double>[] curves)
    {
        var trial = study.Ask()!;
        for (var step = 1; step <= steps; step++)
        {
            if (!trial.Report(step, [.. curves.Select(curve => curve(step))]).Stop)
                continue;
            study.Tell(trial, TrialOutcome.Pruned());
            return step;
        }

        study.Tell(trial, TrialOutcome.Complete([.. curves.Select(curve => curve(steps))]));
        return 0;
    }

    [Fact]
    public void The_median_stops_what_is_worse_than_half_of_the_complete_trials()
    {
        using var study = Make(new MedianRule { StartupTrials = 5, WarmupSteps = 2 });
        foreach (var level in new[] { 1.0, 2, 3, 4, 5 })
            Assert.Equal(0, Train(study, 5, step => level / step));

        Assert.Equal(2, Train(study, 5, step => 3.1 / step));
        Assert.Equal(0, Train(study, 5, step => 2.9 / step));
        Assert.Equal(0, Train(study, 5, step => step == 1 ? 0.1 : 9));
        Assert.Equal(1, Train(study, 5, _ => double.NaN));
    }

    [Fact]
    public void The_median_is_that_of_the_newest_trials_so_that_it_keeps_up_with_the_sampler()
    {
        using var study = Make(new MedianRule());
        for (var level = 20; level > 0; level--)
            Assert.Equal(0, Train(study, 2, _ => level));

        // Of 1 to 8 the median is 4.5; of all it would be 10.5.
        Assert.Equal(1, Train(study, 2, _ => 5));
        Assert.Equal(0, Train(study, 2, _ => 4));
    }

    [Fact]
    public void A_stopped_trial_keeps_what_it_reported_last()
    {
        using var study = Make(new LimitRule { Highest = 2 });

        Assert.Equal(3, Train(study, 5, step => step));

        Assert.Equal(TrialState.Pruned, study.Trials[0].State);
        Assert.Equal(3, Assert.Single(study.Trials[0].Values));
        Assert.Equal([1, 2, 3], study.Trials[0].Reports.Select(report => report.Step));
    }

    [Fact]
    public void A_maximised_objective_is_stopped_when_small()
    {
        using var study = Make(new PercentileRule { Percentile = 20, StartupTrials = 5 }, new Objective("accuracy", Direction.Maximize));
        foreach (var level in new[] { 0.5, 0.6, 0.7, 0.8, 0.9 })
            Assert.Equal(0, Train(study, 3, _ => level));

        Assert.Equal(1, Train(study, 3, _ => 0.75));
        Assert.Equal(0, Train(study, 3, _ => 0.85));
    }

    [Fact]
    public void Successive_halving_lets_one_in_eta_go_on_at_each_rung()
    {
        using var study = Make(new SuccessiveHalvingRule { MinimalSteps = 1, Reduction = 2 });

        // The first one is the best so far everywhere.
        Assert.Equal(0, Train(study, 8, _ => 5));
        // Of two at rung 1 one goes on: not the worse.
        Assert.Equal(1, Train(study, 8, _ => 6));
        // Better than both at all rungs.
        Assert.Equal(0, Train(study, 8, _ => 4));
        // Of four two go on at rung 1; at rung 2 it is the third of three, of which one goes on.
        Assert.Equal(2, Train(study, 8, step => step == 1 ? 4.5 : 7));
    }

    [Fact]
    public void A_rung_between_two_reports_is_not_missed()
    {
        using var study = Make(new SuccessiveHalvingRule { MinimalSteps = 3, Reduction = 3 });
        var first = study.Ask()!;
        Assert.False(first.Report(2, 1).Stop);
        Assert.False(first.Report(20, 1).Stop);
        study.Tell(first, 1);
        var second = study.Ask()!;

        Assert.False(second.Report(2, 2).Stop);
        Assert.True(second.Report(20, 2).Stop);
    }

    [Theory]
    [InlineData(1, 243, 3, 6)]
    [InlineData(1, 242, 3, 5)]
    [InlineData(1, 1000, 10, 4)]
    [InlineData(3, 81, 3, 4)]
    [InlineData(5, 5, 3, 1)]
    public void Hyperband_counts_its_brackets_in_whole_powers(int least, int most, int reduction, int brackets)
    {
        Assert.Equal(brackets, new HyperbandRule { MinimalSteps = least, MaximalSteps = most, Reduction = reduction }.Brackets);
    }

    [Fact]
    public void Hyperband_gives_lower_brackets_more_trials_and_compares_within_one()
    {
        var rule = new HyperbandRule { MaximalSteps = 27 };
        var counts = Enumerable.Range(0, 3000).GroupBy(trial => rule.Bracket("study", 7, trial)).ToDictionary(group => group.Key, group => group.Count());

        // ceil(4 * 27 / 4), ceil(4 * 9 / 3), ceil(4 * 3 / 2), 4.
        Assert.Equal(27.0 / 49, counts[0] / 3000.0, 0.03);
        Assert.Equal(12.0 / 49, counts[1] / 3000.0, 0.03);
        Assert.Equal(4.0 / 49, counts[3] / 3000.0, 0.03);

        using var study = Make(rule);
        var stopped = Enumerable.Range(0, 60).ToDictionary(trial => trial, trial => Train(study, 27, _ => trial));
        for (var bracket = 0; bracket < 4; bracket++)
        {
            var members = stopped.Where(pair => rule.Bracket("study", 0, pair.Key) == bracket).OrderBy(pair => pair.Key).ToArray();
            Assert.Equal(0, members[0].Value);
            Assert.All(members.Skip(1).Where(member => member.Value > 0), member => Assert.True(member.Value >= Math.Pow(3, bracket)));
        }
    }

    [Fact]
    public void Patience_waits_for_an_improvement_and_then_asks_another_rule()
    {
        using var alone = Make(new PatienceRule { Steps = 3, LeastGain = 0.05 });
        using var chained = Make(new PatienceRule { Steps = 3, Then = new LimitRule { Highest = 0.5 } });

        Assert.Equal(0, Train(alone, 10, step => 1 - (0.1 * step)));
        Assert.Equal(5, Train(alone, 10, step => step < 3 ? 1.0 / step : 0.5 - (0.001 * step)));
        Assert.Equal(0, Train(chained, 10, _ => 0.4));
        Assert.Equal(4, Train(chained, 10, _ => 0.6));
    }

    [Fact]
    public void A_violated_measured_constraint_stops_a_trial()
    {
        using var study = new Study(Space, new StudyOptions { Measured = ["latency"], Stopping = new OverBudgetRule(), TotalTrials = 1 });

        study.Run((trial, _) =>
        {
            Assert.False(trial.Report(1, 0.5).Stop);
            trial.Measure(0.2);
            trial.ReportOrStop(2, 0.4);
            throw new InvalidOperationException("not reached");
        });

        Assert.Equal(TrialState.Pruned, study.Trials[0].State);
        Assert.Equal(0.2, Assert.Single(study.Trials[0].Violations));
    }

    [Fact]
    public void With_several_objectives_a_dominated_trial_is_stopped()
    {
        using var study = Make(new FirstOfRules(new MedianRule { StartupTrials = 4, DominatedShare = 0.5 }), new("error"), new("size"));
        for (var i = 0; i < 4; i++)
        {
            var at = i;
            Assert.Equal(0, Train(study, 2, _ => at, _ => 3 - at));
        }

        Assert.Equal(0, Train(study, 2, _ => 9, _ => -1));
        Assert.Equal(1, Train(study, 2, _ => 2.5, _ => 3.5));
    }

    [Fact]
    public void A_named_objective_decides_alone()
    {
        using var study = Make(new MedianRule { StartupTrials = 4, Objective = "error" }, new("error"), new("size"));
        for (var i = 0; i < 4; i++)
        {
            var at = i;
            Assert.Equal(0, Train(study, 2, _ => at < 2 ? 0 : 1, _ => 5));
        }

        Assert.Equal(1, Train(study, 2, _ => 2, _ => 0));
    }

    [Fact]
    public void An_objective_that_does_not_exist_is_an_error()
    {
        using var study = Make(new MedianRule { StartupTrials = 1, Objective = "no" });
        Assert.Equal(0, Train(study, 2, _ => 1));

        Assert.Equal(TuningException.Setting, Assert.Throws<TuningException>(() => Train(study, 2, _ => 1)).Code);
    }

    [Fact]
    public void Stopped_trials_teach_tpe()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = new TpeSampler(), Stopping = new MedianRule(), TotalTrials = 80, Seed = 2 });

        study.Run(trial =>
        {
            for (var epoch = 1; epoch <= 10; epoch++)
                trial.ReportOrStop(epoch, Quadratic.Value(trial) + (5.0 / epoch));
            return Quadratic.Value(trial) + 0.5;
        });

        Assert.True(study.Trials.Count(trial => trial.State == TrialState.Pruned) > 15);
        Assert.True(study.Best!.Values[0] < 1.2, study.Best.ToString());
    }
}
