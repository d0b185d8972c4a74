namespace CompressTasks.Tuning.Tests;

/// <summary>Studies that go on after an end in the middle, or with another space.</summary>
public sealed class ResumedStudyTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tuning-").FullName;

    string Database => Path.Combine(_folder, "study.db");

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_study_stored_with_a_space_that_is_refused_today_opens_with_one_that_is_not()
    {
        using var storage = new MemoryStorage();
        storage.Open("study", """
            { "objectives": [{ "name": "value", "direction": "minimize" }], "measured": [],
              "space": { "parameters": { "seed": { "int": [0, 5000000000] }, "rate": { "float": [0, 1], "when": { "seed": "SGD" } } } } }
            """);

        using var study = new Study(new SearchSpace().Int("seed", 0, 9), new StudyOptions { Storage = storage, TotalTrials = 3 });
        study.Run(trial => trial.Int("seed"));

        Assert.Equal(3, study.Trials.Length);
        var other = Assert.Throws<TuningException>(() => new Study(new SearchSpace().Float("seed", 0, 9), new StudyOptions { Storage = storage }));
        Assert.Equal(TuningException.StudyMismatch, other.Code);
    }

    [Fact]
    public void An_ordered_run_takes_up_the_trials_of_a_worker_that_died()
    {
        using var storage = new SqliteStorage(Database);
        StudyOptions Options(TimeSpan lease) => new() { Storage = storage, TotalTrials = 6, Lease = lease, Sampler = new TpeSampler() };
        using (var dead = new Study(Quadratic.Space, Options(TimeSpan.FromSeconds(1))))
        {
            dead.Ask();
            dead.Ask();
        }

        using var study = new Study(Quadratic.Space, Options(TimeSpan.FromMinutes(1)));
        using var tooLong = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        study.Run((trial, _) => TrialOutcome.Complete(Quadratic.Value(trial)), parallel: 2, ordered: true, tooLong.Token);

        Assert.Equal([2, 2, 1, 1, 1, 1], study.Trials.Select(trial => trial.Attempt));
        Assert.All(study.Trials, trial => Assert.Equal(TrialState.Complete, trial.State));
    }

    [Fact]
    public void An_ordered_run_that_goes_on_sees_no_more_than_one_that_was_not_interrupted()
    {
        Configuration[] Run(params int[] totals)
        {
            using var storage = new MemoryStorage();
            foreach (var total in totals)
            {
                using var study = new Study(Quadratic.Space, new StudyOptions { Storage = storage, TotalTrials = total, Sampler = new TpeSampler() });
                study.Run((trial, _) => TrialOutcome.Complete(Quadratic.Value(trial)), parallel: 4, ordered: true);
            }

            return [.. storage.Read("study", 0).Trials.Select(trial => trial.Configuration)];
        }

        Assert.Equal(Run(40), Run(30, 33, 40));
    }

    [Fact]
    public void The_best_lies_in_the_present_ranges_and_satisfies_the_present_constraints()
    {
        using var storage = new MemoryStorage();
        Study Open(SearchSpace space, int total = 3) => new(space, new StudyOptions { Storage = storage, TotalTrials = total, Objectives = [new("a"), new("b")] });
        var before = new SearchSpace().Float("x", 0, 9).Float("y", 0, 9);
        using (var study = Open(before))
        {
            study.Enqueue(new Configuration(("x", 1), ("y", 1)), new Configuration(("x", 2), ("y", 5)), new Configuration(("x", 6), ("y", 6)));
            study.Run((trial, _) => TrialOutcome.Complete(trial.Float("x"), trial.Float("y")));
            Assert.Equal((0, 1), (study.Best!.Number, study.ParetoFront.Length));
            Assert.Equal(81, study.Hypervolume(10, 10));
        }

        using var constrained = Open(before.Subject("y >= x + 3"));
        Assert.Equal(1, constrained.Best!.Number);
        Assert.Equal([1], constrained.ParetoFront.Select(trial => trial.Number));
        Assert.Equal(40, constrained.Hypervolume(10, 10));
        Assert.Equal([null, 2, 2], StudyInsight.History(constrained).Select(point => point.Best));
        Assert.Equal([0.0, 40, 40], StudyInsight.HypervolumeHistory(constrained, 10, 10).ToArray());
        using var narrowed = Open(new SearchSpace().Float("x", 5, 7).Float("y", 0, 9));
        Assert.Equal(2, narrowed.Best!.Number);
        using var elsewhere = Open(new SearchSpace().Float("x", 50, 70).Float("y", 0, 9));
        Assert.Null(elsewhere.Best);
        Assert.Empty(elsewhere.ParetoFront);
        var extendable = new SearchSpace([new FloatParameter("x", 5, 7) { Lowest = 2 }, before["y"]]);
        using var extended = Open(extendable);
        Assert.Equal([1, 2], extended.Trials.Where(extended.Admits).Select(trial => trial.Number));
        using var more = Open(before.Float("z", 0, 1));
        Assert.Null(more.Best);
        using var grown = Open(before.Float("z", 0, 1, standard: 0.5));
        Assert.Equal((1, 0.5), (grown.Best!.Configuration.Float("x"), grown.Best.Configuration.Float("z")));
    }

    [Fact]
    public void A_target_that_a_trial_outside_the_space_reached_does_not_end_the_study()
    {
        using var storage = new MemoryStorage();
        Study Open(double low) => new(new SearchSpace().Float("x", low, low + 1), new StudyOptions { Storage = storage, TotalTrials = 5, Target = 0.5, Sampler = new RandomSampler() });
        using (var study = Open(0))
            study.Run(_ => 0.1);

        using var next = Open(10);
        next.Run(_ => 1);

        Assert.Equal(5, next.Trials.Length);
    }

    [Fact]
    public void The_report_lists_what_lies_in_the_present_space()
    {
        using var storage = new MemoryStorage();
        StudyOptions options = new() { Storage = storage, TotalTrials = 2 };
        using (var study = new Study(new SearchSpace().Int("x", 0, 9), options))
        {
            study.Enqueue(new Configuration(("x", 1)), new Configuration(("x", 7)));
            study.Run(trial => trial.Int("x"));
        }

        using var narrowed = new Study(new SearchSpace().Int("x", 5, 9), options);
        var report = StudyReport.ToMarkdown(narrowed);

        Assert.Contains("| 1 | 7 |", report, StringComparison.Ordinal);
        Assert.DoesNotContain("| 0 | 1 |", report, StringComparison.Ordinal);
    }
}
