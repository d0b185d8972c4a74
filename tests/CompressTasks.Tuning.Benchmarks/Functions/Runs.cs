using System.Diagnostics;
using System.Globalization;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Simple regret of one sampler on one function with one seed, after 50, 100 and 200 trials, and after 500 and 1,000 where there were as many.</summary>
sealed record RegretRun(string Function, string Sampler, int Seed, double[] Regrets, double Seconds)
{
    public static readonly int[] Marks = [50, 100, 200, 500, 1000];

    const int AlwaysMarked = 3;

    public string ToLine() => string.Join('\t', [Function, Sampler, Text(Seed), .. Regrets.Select(Text), Text(Seconds)]);

    public static RegretRun Parse(string line)
    {
        var fields = line.Split('\t');
        return new(fields[0], fields[1], (int)Number(fields[2]), [.. fields[3..^1].Select(Number)], Number(fields[^1]));
    }

    public static RegretRun Measure(TestFunction function, string sampler, Func<ISampler> make, int seed, int trials, int parallel = 1, bool uneven = false)
    {
        var watch = Stopwatch.StartNew();
        using var study = new Study(function.Space, new StudyOptions
        {
            Seed = seed,
            Sampler = make(),
            TotalTrials = trials,
            Noisy = function.Noisy,
            Measured = function.Constraint is null ? [] : ["constraint"],
        });
        if (parallel == 1)
            study.Run((trial, _) => Evaluate(function, trial, seed));
        else if (uneven)
            RunUnevenly(study, function, seed, parallel);
        else
            RunInLockstep(study, function, seed, parallel);
        return new(function.Name, sampler, seed, [.. Marks.Where((mark, index) => index < AlwaysMarked || mark <= trials).Select(mark => Regret(function, study, mark))], watch.Elapsed.TotalSeconds);
    }

    /// <summary>As if so many workers took equally long.</summary>
    static void RunInLockstep(Study study, TestFunction function, int seed, int parallel)
    {
        while (true)
        {
            var batch = Enumerable.Range(0, parallel).Select(_ => study.Ask()).OfType<Trial>().ToList();
            if (batch.Count == 0)
                return;
            foreach (var trial in batch)
                study.Tell(trial, Evaluate(function, trial, seed));
        }
    }

    /// <summary>As if so many workers took half to one and a half times the mean, each asking as soon as it is done.</summary>
    static void RunUnevenly(Study study, TestFunction function, int seed, int parallel)
    {
        var running = new PriorityQueue<Trial, double>();
        var durations = new Random(seed);
        var now = 0.0;
        while (true)
        {
            while (running.Count < parallel && study.Ask() is { } asked)
                running.Enqueue(asked, now + 0.5 + durations.NextDouble());
            if (!running.TryDequeue(out var trial, out now))
                return;
            study.Tell(trial, Evaluate(function, trial, seed));
        }
    }

    static TrialOutcome Evaluate(TestFunction function, Trial trial, int seed)
    {
        var outcome = TrialOutcome.Complete(function.Value(trial.Configuration, (seed * 10_000) + trial.Number));
        return function.Constraint is { } constraint ? outcome.Measured(constraint(trial.Configuration)) : outcome;
    }

    /// <summary>Of the trial that looks best among the first ones. Without a feasible one the worst that the others have.</summary>
    static double Regret(TestFunction function, Study study, int trials)
    {
        var seen = study.Trials.Take(trials).Where(trial => trial.State == TrialState.Complete && trial.IsFeasible).ToList();
        return seen.Count == 0 ? 2 : Math.Max(1e-12, function.Regret(seen.MinBy(trial => trial.Values[0])!.Configuration));
    }

    static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
