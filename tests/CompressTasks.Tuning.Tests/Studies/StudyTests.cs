namespace CompressTasks.Tuning.Tests;

public sealed class StudyTests
{
    static readonly SearchSpace Six = new SearchSpace().Int("k", 1, 3).Boolean("b");

    [Fact]
    public void Nothing_is_tried_twice_and_a_small_space_ends_the_study()
    {
        foreach (var sampler in new[] { "random", "tpe", "gp", "cmaes", "auto" })
        {
            using var study = new Study(Six, new StudyOptions { Sampler = Quadratic.Sampler(sampler), TotalTrials = 50 });

            study.Run(trial => trial.Int("k"));

            Assert.Equal(6, study.Trials.Length);
            Assert.Equal(6, study.Trials.Select(trial => trial.Configuration).Distinct().Count());
            Assert.Equal(ClaimStatus.Exhausted, study.LastStatus);
        }
    }

    [Fact]
    public void A_noisy_objective_may_be_repeated()
    {
        using var study = new Study(Six, new StudyOptions { Noisy = true, TotalTrials = 40, Sampler = new TpeSampler() });

        study.Run(trial => trial.Int("k") + trial.Number);

        Assert.Equal(40, study.Trials.Length);
    }

    [Fact]
    public void The_total_counts_the_trials_of_earlier_runs()
    {
        using var storage = new MemoryStorage();
        for (var run = 0; run < 3; run++)
        {
            using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, TotalTrials = 10 + run, Sampler = new RandomSampler() });
            study.Run(Quadratic.Value);
            Assert.Equal(10 + run, study.Trials.Length);
        }
    }

    [Fact]
    public void A_target_ends_the_study()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Target = 1, Sampler = new RandomSampler(), Objectives = [new("gain", Direction.Maximize)] });

        study.Run(trial => -Quadratic.Value(trial) + 3);

        Assert.True(study.Best!.Values[0] >= 1);
        Assert.All(study.Trials.SkipLast(1), trial => Assert.True(trial.Values[0] < 1));
    }

    [Fact]
    public void Patience_ends_the_study()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Patience = 5, Sampler = new RandomSampler() });

        study.Run(trial => trial.Number < 7 ? -trial.Number : 0);

        Assert.Equal(7 + 5, study.Trials.Length);
    }

    [Fact]
    public void Time_ends_the_study()
    {
        var clock = new SteppingClock();
        using var study = new Study(Quadratic.Space, new StudyOptions { TimeLimit = TimeSpan.FromSeconds(10), Clock = clock, Sampler = new RandomSampler() });

        study.Run(trial =>
        {
            clock.Seconds += 3;
            return trial.Number;
        });

        Assert.Equal(4, study.Trials.Length);
    }

    [Fact]
    public void Enqueued_points_come_first_then_the_defaults()
    {
        var space = new SearchSpace().Float("x", 0, 1, standard: 0.5).Int("k", 1, 9, standard: 3);
        using var study = new Study(space, new StudyOptions { TotalTrials = 5 });
        study.Enqueue(new Configuration(("x", 0.1), ("k", 9)), new Configuration(("x", 0.2), ("k", 8)));

        study.Run(trial => trial.Float("x"));

        study.Enqueue(new Configuration(("x", 0.1), ("k", 9)));

        Assert.Equal([0.1, 0.2, 0.5], study.Trials.Take(3).Select(trial => trial.Configuration.Float("x")));
        Assert.Equal(5, study.Trials.Length);
        Assert.Throws<TuningException>(() => study.Enqueue(new Configuration(("x", 0.1))));
    }

    [Fact]
    public void A_space_without_any_allowed_configuration_is_an_error()
    {
        using var continuous = new Study(Quadratic.Space.Subject("x >= 6"), new StudyOptions { TotalTrials = 5 });
        using var discrete = new Study(Six.Subject("k >= 4"), new StudyOptions { TotalTrials = 5 });

        Assert.Equal(TuningException.Infeasible, Assert.Throws<TuningException>(() => continuous.Run(_ => 0)).Code);
        Assert.Equal(TuningException.Infeasible, Assert.Throws<TuningException>(() => discrete.Run(_ => 0)).Code);
    }

    [Fact]
    public void Several_threads_run_exactly_the_total()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { TotalTrials = 200, Sampler = new TpeSampler() });
        var running = 0;
        var most = 0;

        study.Run(
            trial =>
            {
                lock (study)
                    most = Math.Max(most, ++running);
                Thread.Sleep(1);
                lock (study)
                    running--;
                return Quadratic.Value(trial);
            },
            parallel: 8);

        Assert.Equal(200, study.Trials.Count(trial => trial.State == TrialState.Complete));
        Assert.Equal(200, study.Trials.Select(trial => trial.Configuration).Distinct().Count());
        Assert.InRange(most, 2, 8);
    }

    [Fact]
    public void An_ordered_parallel_study_suggests_the_same_every_time()
    {
        Configuration[] Run(int jitter)
        {
            using var study = new Study(Quadratic.Space, new StudyOptions { TotalTrials = 40, Sampler = new SlowSampler(new TpeSampler()), Seed = 4 });
            study.Run(
                (trial, _) =>
                {
                    Thread.Sleep(trial.Number % 4 == 0 ? 5 * jitter : 0);
                    return TrialOutcome.Complete(Quadratic.Value(trial));
                },
                parallel: 4,
                ordered: true);
            Assert.All(study.Trials, trial => Assert.Equal(TrialState.Complete, trial.State));
            return [.. study.Trials.Select(trial => trial.Configuration)];
        }

        var first = Run(0);

        Assert.Equal(first, Run(1));
        Assert.Equal(first, Run(3));
    }

    [Fact]
    public void A_cancelled_trial_is_given_back()
    {
        using var storage = new MemoryStorage();
        using var cancellation = new CancellationTokenSource();
        using (var study = new Study(Quadratic.Space, new StudyOptions { TotalTrials = 5, Storage = storage, Sampler = new RandomSampler() }))
        {
            Assert.ThrowsAny<OperationCanceledException>(() => study.Run(
                (trial, token) =>
                {
                    if (trial.Number == 2)
                        cancellation.Cancel();
                    token.ThrowIfCancellationRequested();
                    return TrialOutcome.Complete(trial.Number);
                },
                cancellation: cancellation.Token));
            Assert.Equal(TrialState.Waiting, study.Trials[2].State);
        }

        using var again = new Study(Quadratic.Space, new StudyOptions { TotalTrials = 5, Storage = storage, Sampler = new RandomSampler() });
        again.Run((trial, _) => TrialOutcome.Complete(trial.Attempt));

        Assert.Equal([0.0, 1, 2, 1, 1], again.Trials.Select(trial => trial.Values[0]));
    }

    [Fact]
    public void The_space_may_grow_between_runs_and_the_objectives_may_not_change()
    {
        using var storage = new MemoryStorage();
        using (var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, TotalTrials = 15, Sampler = new TpeSampler() }))
            study.Run(Quadratic.Value);
        var grown = new SearchSpace().Float("x", -10, 5).Float("y", -5, 5).Categorical("kind", "old", "new");
        grown = new(grown.Parameters.SetItem(2, grown["kind"] with { Default = "old" }));

        using var next = new Study(grown, new StudyOptions { Storage = storage, TotalTrials = 40, Sampler = new TpeSampler() });
        next.Run(trial => Quadratic.Value(trial) + (trial.Text("kind") == "new" ? -1 : 0));

        Assert.Equal(40, next.Trials.Length);
        Assert.Equal("new", next.Best!.Configuration.Text("kind"));
        var error = Assert.Throws<TuningException>(() => new Study(grown, new StudyOptions { Storage = storage, Objectives = [new("value", Direction.Maximize)] }));
        Assert.Equal(TuningException.StudyMismatch, error.Code);
        Assert.Throws<TuningException>(() => new Study(new SearchSpace().Int("x", 0, 3), new StudyOptions { Storage = storage }));
    }

    [Fact]
    public void A_study_of_something_else_is_refused_and_one_that_does_not_say_fits_all()
    {
        using var storage = new MemoryStorage();
        void Open(string? identity) => new Study(Quadratic.Space, new StudyOptions { Storage = storage, Identity = identity }).Dispose();
        Open(null);
        Open("first");
        Open(null);
        Open("first");
        Assert.Equal(TuningException.StudyMismatch, Assert.Throws<TuningException>(() => Open("second")).Code);
    }

    [Fact]
    public void Outcomes_that_do_not_fit_are_refused()
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Objectives = [new("a"), new("b")], Measured = ["latency"] });
        var trial = study.Ask()!;

        Assert.Equal(TuningException.Outcome, Assert.Throws<TuningException>(() => study.Tell(trial, 1)).Code);
        Assert.Equal(TuningException.Outcome, Assert.Throws<TuningException>(() => study.Tell(trial, TrialOutcome.Complete(1, 2))).Code);
        Assert.Equal(TuningException.Outcome, Assert.Throws<TuningException>(() => trial.Report(0, 1)).Code);
        Assert.Equal(TuningException.Outcome, Assert.Throws<TuningException>(() => trial.Measure()).Code);
        Assert.True(study.Tell(trial, TrialOutcome.Complete(1, 2).Measured(0.5)));
        Assert.False(study.Trials[0].IsFeasible);
        Assert.Null(study.Best);
    }

    [Fact]
    public void Bad_settings_have_a_code()
    {
        Assert.Equal(TuningException.Setting, Assert.Throws<TuningException>(() => new Study(Quadratic.Space, new StudyOptions { TotalTrials = 0 })).Code);
        Assert.Equal(TuningException.Setting, Assert.Throws<TuningException>(() => new Study(Quadratic.Space, new StudyOptions { Objectives = [] })).Code);
        Assert.Equal(TuningException.Space, Assert.Throws<TuningException>(() => new Study(new SearchSpace())).Code);
    }

    sealed class SteppingClock : TimeProvider
    {
        public int Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    /// <summary>Takes so long that other workers ask meanwhile.</summary>
    sealed class SlowSampler(ISampler sampler) : ISampler
    {
        public Proposal? Propose(SamplingContext context)
        {
            Thread.Sleep(2);
            return sampler.Propose(context);
        }
    }
}
