namespace CompressTasks.Tuning.Tests;

public sealed class EverySamplerTests
{
    public static TheoryData<string> Names => ["random", "zoom", "sobol", "grid", "tpe", "tpe independent", "tpe grouped", "gp", "cmaes", "auto"];

    public static TheoryData<string> Learning => ["zoom", "grid", "tpe", "tpe independent", "tpe grouped", "gp", "cmaes", "auto"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Suggestions_belong_to_the_space_and_keep_its_constraints(string name)
    {
        var space = Quadratic.Mixed.Subject("layers <= 3 - log(rate) / 4").Subject("no sgd without bias", configuration => configuration.Text("optimizer") == "sgd" && !configuration.Flag("bias") ? 1 : -1);
        using var study = new Study(space, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 30, Seed = 3 });

        study.Run(Quadratic.MixedValue);

        Assert.Equal(30, study.Trials.Length);
        Assert.All(study.Trials, trial => space.Check(trial.Configuration));
        Assert.All(study.Trials, trial => Assert.True(space.Allows(trial.Configuration)));
        Assert.Equal(30, study.Trials.Select(trial => trial.Configuration).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Learning))]
    public void Learning_beats_chance(string name)
    {
        double Best(ISampler sampler, int seed)
        {
            using var study = new Study(Quadratic.Mixed, new StudyOptions { Sampler = sampler, TotalTrials = 60, Seed = seed });
            study.Run(Quadratic.MixedValue);
            return study.Best!.Values[0];
        }

        var seeds = name is "gp" or "auto" ? 1 : 5;
        var learned = Enumerable.Range(0, seeds).Average(seed => Best(Quadratic.Sampler(name), seed));
        var chance = Enumerable.Range(0, 5).Average(seed => Best(new RandomSampler(), seed));

        Assert.True(learned < chance / 2, $"{learned} against {chance}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_suggests_the_same_and_another_one_does_not(string name)
    {
        Configuration[] Run(int seed)
        {
            using var study = new Study(Quadratic.Mixed, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 25, Seed = seed });
            study.Run(Quadratic.MixedValue);
            return [.. study.Trials.Select(trial => trial.Configuration)];
        }

        var first = Run(1);

        Assert.Equal(first, Run(1));
        Assert.NotEqual(first, Run(2));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_interrupted_study_goes_on_as_if_nothing_had_happened(string name)
    {
        using var whole = new MemoryStorage();
        using var parts = new MemoryStorage();
        void Run(MemoryStorage storage, int trials)
        {
            using var study = new Study(Quadratic.Mixed, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = trials, Seed = 5, Storage = storage });
            while (study.Trials.Length < (storage == whole ? 24 : trials) && study.Ask() is { } trial)
                study.Tell(trial, Quadratic.MixedValue(trial));
        }

        Run(whole, 24);
        using (var study = new Study(Quadratic.Mixed, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 24, Seed = 5, Storage = parts }))
            for (var i = 0; i < 13; i++)
                study.Tell(study.Ask() is { } trial ? trial : throw new InvalidOperationException(), Quadratic.MixedValue(trial));
        Run(parts, 24);

        Assert.Equal(whole.Read("study", 0).Trials.Select(trial => trial.Configuration), parts.Read("study", 0).Trials.Select(trial => trial.Configuration));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Trials_that_run_at_the_same_time_differ(string name)
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 60, Seed = 1 });
        for (var i = 0; i < 20; i++)
        {
            var trial = study.Ask()!;
            study.Tell(trial, Quadratic.Value(trial));
        }

        var running = Enumerable.Range(0, 8).Select(_ => study.Ask()!).ToArray();

        Assert.Equal(8, running.Select(trial => (Math.Round(trial.Float("x"), 4), Math.Round(trial.Float("y"), 4))).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Failures_numbers_that_are_none_and_infinite_ones_do_no_harm(string name)
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 30, Seed = 1 });

        study.Run(trial => (trial.Number % 4) switch
        {
            0 => throw new InvalidOperationException("diverged"),
            1 => double.NaN,
            2 => trial.Float("x") > 0 ? double.PositiveInfinity : Quadratic.Value(trial),
            _ => Quadratic.Value(trial),
        });

        Assert.Equal(30, study.Trials.Length);
        Assert.Equal(15 + 1, study.Trials.Count(trial => trial.State == TrialState.Failed));
        Assert.Contains("diverged", study.Trials[0].Note, StringComparison.Ordinal);
        Assert.True(double.IsFinite(study.Best!.Values[0]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Studies_of_nothing_but_failures_go_on(string name)
    {
        using var study = new Study(Quadratic.Mixed, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 20 });

        study.Run(_ => throw new InvalidOperationException("always"));

        Assert.Equal(20, study.Trials.Count(trial => trial.State == TrialState.Failed));
        Assert.Null(study.Best);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_generation_of_less_than_two_is_refused(int population)
    {
        using var study = new Study(Quadratic.Space, new StudyOptions { Sampler = new CmaEsSampler { Population = population, StartupTrials = 1 }, TotalTrials = 12 });

        Assert.Equal(TuningException.Setting, Assert.Throws<TuningException>(() => study.Run(Quadratic.Value)).Code);
    }

    [Theory]
    [InlineData("tpe", 1.3)]
    [InlineData("gp", 1.001)]
    [InlineData("auto", 1.001)]
    public void What_a_later_constraint_forbids_is_no_longer_the_best_to_beat(string name, double highest)
    {
        using var storage = new MemoryStorage();
        using (var earlier = new Study(Quadratic.Space, new StudyOptions { Storage = storage, Sampler = Quadratic.Sampler("gp"), TotalTrials = 25 }))
            earlier.Run(Quadratic.Value);

        using var study = new Study(Quadratic.Space.Subject("x >= 2"), new StudyOptions { Storage = storage, Sampler = Quadratic.Sampler(name), TotalTrials = 60 });
        study.Run(Quadratic.Value);

        // The best allowed point is x = 2, y = -2 with 1.
        Assert.InRange(study.Best!.Values[0], 1, highest);
    }

    [Theory]
    [InlineData("random")]
    [InlineData("tpe")]
    [InlineData("auto")]
    public void Where_no_draw_is_allowed_trials_lie_near_the_defaults_that_are(string name)
    {
        // A share of 1e-13 of the space.
        var space = Enumerable.Range(0, 6).Aggregate(new SearchSpace(), (grown, axis) => grown.Float("x" + axis, 0, 1, standard: 0.002)).Subject("x0 + x1 + x2 + x3 + x4 + x5 <= 0.02");
        using var study = new Study(space, new StudyOptions { Sampler = Quadratic.Sampler(name), TotalTrials = 25 });

        study.Run(trial => -trial.Float("x0"));

        Assert.Equal(25, study.Trials.Select(trial => trial.Configuration).Distinct().Count());
        Assert.All(study.Trials, trial => Assert.True(space.Allows(trial.Configuration)));
        Assert.True(study.Best!.Configuration.Float("x0") > 0.002);
    }
}
