namespace CompressTasks.Tuning.Tests;

/// <summary>Trials that are run more than once, or not to their end.</summary>
public sealed class AttemptTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tuning-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    IStudyStorage Open(bool isShared) => isShared ? new SqliteStorage(Path.Combine(_folder, "study.db")) : new MemoryStorage();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reports_of_an_earlier_attempt_past_the_present_step_are_dropped(bool isShared)
    {
        using var storage = Open(isShared);
        using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, Sampler = new RandomSampler(), Stopping = new PatienceRule { Steps = 3 } });
        var trial = study.Ask()!;
        foreach (var step in new[] { 1, 2, 3, 4, 5 })
            trial.Report(step, 1.0 / step);
        study.Release(trial);
        trial = study.Ask()!;

        Assert.Equal((0, 2), (trial.Number, trial.Attempt));
        Assert.Equal(5, trial.Record.Reports.Length);
        Assert.False(trial.Report(3, 0.9).Stop);
        Assert.Equal([1, 1 / 2.0, 0.9], trial.Record.Reports.Select(report => report.Values[0]));
        Assert.False(trial.Report(4, 0.45).Stop);
        study.Tell(trial, TrialOutcome.Pruned());

        Assert.Equal(0.45, study.Trials[0].Values[0]);
        Assert.Equal([1, 2, 3, 4], storage.Read("study", 0).Trials[0].Reports.Select(report => report.Step));
    }

    [Fact]
    public void Rules_judge_the_step_that_was_just_reported()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = new RandomSampler(), Stopping = new LimitRule { Highest = 1 } });
        var trial = study.Ask()!;

        Assert.False(trial.Report(1, 0.5).Stop);
        Assert.True(trial.Report(2, 5).Stop);
        Assert.False(trial.Report(1, 0.25).Stop);
        Assert.Equal([0.25, 5], trial.Record.Reports.Select(report => report.Values[0]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_trial_whose_objective_cannot_go_on_is_given_back(bool isShared)
    {
        using var storage = Open(isShared);
        using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, TotalTrials = 3, Sampler = new RandomSampler() });

        Assert.Throws<TuningException>(() => study.Run(_ => throw new TuningException(TuningException.Setting, "The disk is full.")));
        Assert.Equal(TrialState.Waiting, Assert.Single(study.Trials).State);
        Assert.Throws<TuningException>(() => study.Run((_, _) => TrialOutcome.Complete(1, 2)));
        Assert.Equal(TrialState.Waiting, Assert.Single(study.Trials).State);
        study.Run(Quadratic.Value);

        Assert.Equal([3, 1, 1], study.Trials.Select(trial => trial.Attempt));
        Assert.All(study.Trials, trial => Assert.Equal(TrialState.Complete, trial.State));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_second_outcome_is_not_counted(bool isShared)
    {
        using var storage = Open(isShared);
        using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, Sampler = new RandomSampler() });
        var trial = study.Ask()!;

        Assert.True(study.Tell(trial, 1));
        Assert.False(study.Tell(trial, 2));
        Assert.Equal(1, study.Trials[0].Values[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_more_than_the_total_is_run_however_many_are_enqueued(bool isShared)
    {
        using var storage = Open(isShared);
        StudyOptions Options(int total) => new() { Storage = storage, TotalTrials = total, Sampler = new RandomSampler() };
        using (var study = new Study(Quadratic.Space, Options(3)))
        {
            study.Enqueue([.. Enumerable.Range(0, 5).Select(number => new Configuration(("x", number), ("y", 0)))]);
            var released = study.Ask()!;
            study.Release(released);
            study.Run(Quadratic.Value);

            Assert.Equal(ClaimStatus.Finished, study.LastStatus);
            Assert.Equal([2, 1, 1, 1, 1], study.Trials.Select(trial => trial.Attempt));
            Assert.Equal([true, true, true, false, false], study.Trials.Select(trial => trial.IsFinished));
        }

        using var more = new Study(Quadratic.Space, Options(6));
        more.Run(Quadratic.Value);
        Assert.Equal(6, more.Trials.Count(trial => trial.IsFinished));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_waiting_trial_follows_the_space(bool isShared)
    {
        using var storage = Open(isShared);
        StudyOptions options = new() { Storage = storage, TotalTrials = 6, Sampler = new RandomSampler() };
        using (var study = new Study(Quadratic.Space, options))
            study.Enqueue(new Configuration(("x", 1), ("y", 2)), new Configuration(("x", 2), ("y", 1)), new Configuration(("x", 4), ("y", -4)));
        var grown = new SearchSpace().Float("x", -5, 3).Float("y", -5, 5).Float("z", 0, 1, standard: 0.5).Subject("x + z <= 2");

        using var next = new Study(grown, options);
        next.Run(trial => trial.Float("x") + trial.Float("z"));

        Assert.Equal([TrialState.Complete, TrialState.Failed, TrialState.Failed, TrialState.Complete, TrialState.Complete, TrialState.Complete], next.Trials.Select(trial => trial.State));
        Assert.Equal(1.5, next.Trials[0].Values[0]);
        Assert.Contains("space", next.Trials[1].Note, StringComparison.Ordinal);
        Assert.Equal(0.5, storage.Read("study", 0).Trials[0].Configuration.Float("z"));
        Assert.All(next.Trials.Where(trial => trial.State == TrialState.Complete), trial => Assert.True(grown.Allows(trial.Configuration)));
    }
}
