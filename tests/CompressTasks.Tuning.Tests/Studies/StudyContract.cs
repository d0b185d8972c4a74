namespace CompressTasks.Tuning.Tests;

/// <summary>What a study does alike in every storage.</summary>
static class StudyContract
{
    public static void Check(IStudyStorage storage)
    {
        Own_running_trials_are_known(storage);
        Trials_of_several_workers_are_all_known(storage);
        A_suggestion_that_failed_hides_no_change(storage);
        Parallel_trials_are_all_different(storage);
        An_ordered_run_suggests_what_it_does_in_memory(storage);
    }

    static Study Open(IStudyStorage storage, string name, int? total = null, ISampler? sampler = null, SearchSpace? space = null) =>
        new(space ?? Quadratic.Space, new StudyOptions { Name = name, Storage = storage, TotalTrials = total, Sampler = sampler ?? new TpeSampler(), Seed = 5 });

    static void Own_running_trials_are_known(IStudyStorage storage)
    {
        using var study = Open(storage, "own");
        var first = study.Ask()!;
        var second = study.Ask()!;

        Assert.NotEqual(first.Configuration, second.Configuration);
        Assert.True(study.Tell(second, 1));
        Assert.True(study.Tell(first, 2));
        Assert.Equal([2.0, 1], study.Trials.Select(trial => trial.Values[0]));
    }

    static void Trials_of_several_workers_are_all_known(IStudyStorage storage)
    {
        using var here = Open(storage, "several");
        using var there = Open(storage, "several");
        Study[] workers = [here, there, there, here, here, there];
        var trials = workers.Select(worker => (Worker: worker, Trial: worker.Ask()!)).ToArray();
        here.Synchronize();
        foreach (var (worker, trial) in trials.Reverse())
            Assert.True(worker.Tell(trial, trial.Number));
        here.Synchronize();

        Assert.Equal(6, trials.Select(pair => pair.Trial.Configuration).Distinct().Count());
        Assert.Equal(storage.Read("several", 0).Trials.Select(trial => (trial.Number, trial.Configuration)), here.Trials.Select(trial => (trial.Number, trial.Configuration)));
        Assert.Equal([0.0, 1, 2, 3, 4, 5], here.Trials.Select(trial => trial.Values[0]));
    }

    static void A_suggestion_that_failed_hides_no_change(IStudyStorage storage)
    {
        using var here = Open(storage, "failed", sampler: new FailingOnce());
        using var there = Open(storage, "failed");
        var trial = there.Ask()!;
        Assert.Throws<InvalidOperationException>(here.Ask);

        there.Tell(trial, 1);
        here.Synchronize();

        Assert.Equal(TrialState.Complete, Assert.Single(here.Trials).State);
        Assert.Equal(1, here.Ask()!.Number);
    }

    static void Parallel_trials_are_all_different(IStudyStorage storage)
    {
        using var study = Open(storage, "parallel", total: 24);
        var atOnce = new Barrier(3);

        study.Run(
            trial =>
            {
                // Three at a time for sure, at least in the beginning.
                if (trial.Number < 3)
                    Assert.True(atOnce.SignalAndWait(TimeSpan.FromMinutes(1)));
                Thread.Sleep(trial.Number % 3 == 0 ? 15 : 3);
                trial.Report(1, trial.Number);
                return Quadratic.Value(trial);
            },
            parallel: 3);

        var stored = storage.Read("parallel", 0).Trials;
        Assert.Equal(Enumerable.Range(0, 24), stored.Select(trial => trial.Number));
        Assert.Equal(stored.Select(trial => trial.Configuration), study.Trials.Select(trial => trial.Configuration));
        Assert.Equal(24, stored.Select(trial => trial.Configuration).Distinct().Count());
        Assert.All(study.Trials, trial => Assert.Equal((TrialState.Complete, 1, (double)trial.Number), (trial.State, trial.Attempt, trial.Reports.Single().Values[0])));
    }

    static void An_ordered_run_suggests_what_it_does_in_memory(IStudyStorage storage)
    {
        using var memory = new MemoryStorage();
        var suggested = new[] { memory, storage }.Select(place =>
        {
            using var study = Open(place, "ordered", total: 30);
            study.Run(
                (trial, _) =>
                {
                    Thread.Sleep(trial.Number % 4 == 0 ? 10 : 1);
                    return TrialOutcome.Complete(Quadratic.Value(trial));
                },
                parallel: 3,
                ordered: true);
            return study.Trials.Select(trial => trial.Configuration).ToArray();
        }).ToArray();

        Assert.Equal(suggested[0], suggested[1]);
    }

    sealed class FailingOnce : ISampler
    {
        readonly RandomSampler _random = new();
        bool _failed;

        public Proposal? Propose(SamplingContext context)
        {
            if (_failed)
                return _random.Propose(context);
            _failed = true;
            throw new InvalidOperationException();
        }
    }
}
