using System.Diagnostics;
using System.Globalization;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>How long a proposal takes after many finished trials: seven numbers, a logarithm, a whole number and a choice.</summary>
static class LatencyCommand
{
    public static int Run(string[] args)
    {
        var options = new Options(args);
        var trials = options.Number("trials", 1000);
        var space = new SearchSpace().Float("rate", 1e-5, 1, logarithmic: true).Int("layers", 1, 12).Categorical("kind", "a", "b", "c", "d");
        for (var i = 0; i < 7; i++)
            space = space.Float("x" + i, 0, 1);
        Console.WriteLine("| sampler | fastest, ms | median, ms | slowest, ms | processor time with telling, ms | memory, MB |\n|---|---:|---:|---:|---:|---:|");
        // A grid without refining ends before that many trials.
        foreach (var name in options.List("samplers") ?? [.. RegretCommand.Samplers.Keys.Except(["grid"])])
        {
            using var study = new Study(space, new StudyOptions { Sampler = new Switching(trials, RegretCommand.Samplers[name]()) });
            var times = new List<double>();
            var processor = TimeSpan.Zero;
            var (warm, measured) = name.StartsWith("gp", StringComparison.Ordinal) ? (5, 25) : (100, 200);
            for (var number = 0; number < trials + warm + measured; number++)
            {
                if (number == trials + warm)
                    processor = Environment.CpuUsage.TotalTime;
                var watch = Stopwatch.StartNew();
                var trial = study.Ask()!;
                if (number >= trials + warm)
                    times.Add(watch.Elapsed.TotalMilliseconds);
                study.Tell(trial, trial.Configuration.Where(pair => pair.Value.IsNumber).Sum(pair => Math.Pow(pair.Value.Number - 0.3, 2)));
            }

            processor = Environment.CpuUsage.TotalTime - processor;
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[0]:0.000} | {times[times.Count / 2]:0.000} | {times[^1]:0.000} | {processor.TotalMilliseconds / measured:0.000} | {GC.GetTotalMemory(true) / 1e6:0.0} |"));
        }

        return 0;
    }

    /// <summary>Random until there are enough trials, so that only the proposals that are measured take time.</summary>
    sealed class Switching(int trials, ISampler then) : ISampler
    {
        readonly RandomSampler _random = new();

        public Proposal? Propose(SamplingContext context) => context.Number < trials ? _random.Propose(context) : then.Propose(context);
    }
}
