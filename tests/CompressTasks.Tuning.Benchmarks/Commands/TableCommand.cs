using System.Globalization;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Medians (or means) over the seeds, and the gain over random search in decades.</summary>
static class TableCommand
{
    public static int Run(string[] args)
    {
        var options = new Options(args);
        var seeds = options.Number("seeds", int.MaxValue);
        var only = options.List("samplers");
        // Of tabulated trainings the median is often that nothing is better.
        var isMean = args.Contains("--mean");
        var runs = args.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal))
            .SelectMany(File.ReadLines)
            .Select(RegretRun.Parse)
            .Where(run => run.Seed < seeds && only?.Contains(run.Sampler) != false)
            .ToList();
        var samplers = only?.ToList() ?? runs.Select(run => run.Sampler).Distinct().ToList();
        for (var mark = 0; mark < runs.Max(run => run.Regrets.Length); mark++)
        {
            var at = mark;
            Console.WriteLine($"\n{(isMean ? "Mean" : "Median")} simple regret after {RegretRun.Marks[mark]} trials ({runs.Select(run => run.Seed).Distinct().Count()} seeds)\n");
            Console.WriteLine($"| function | {string.Join(" | ", samplers)} |\n|---|{string.Concat(samplers.Select(_ => "---:|"))}");
            var gains = samplers.ToDictionary(sampler => sampler, _ => new List<double>());
            foreach (var function in TestFunctions.Everything.Select(function => function.Name).Where(name => runs.Exists(run => run.Function == name)))
            {
                var ofFunction = runs.Where(run => run.Function == function && run.Regrets.Length > at).ToLookup(run => run.Sampler, run => run.Regrets[at]);
                var medians = samplers.Select(sampler => isMean ? Mean([.. ofFunction[sampler]]) : Statistics.Median(ofFunction[sampler])).ToArray();
                var random = medians[samplers.IndexOf("random") is >= 0 and var index ? index : 0];
                for (var i = 0; i < medians.Length; i++)
                    if (!double.IsNaN(medians[i]))
                        gains[samplers[i]].Add(Math.Log10(random / medians[i]));
                Console.WriteLine($"| {function} | {string.Join(" | ", medians.Select(Text))} |");
            }

            Console.WriteLine($"| median gain over random, decades | {string.Join(" | ", samplers.Select(sampler => Fixed(Statistics.Median(gains[sampler]))))} |");
            Console.WriteLine($"| mean gain over random, decades | {string.Join(" | ", samplers.Select(sampler => Fixed(Mean(gains[sampler]))))} |");
        }

        var times = samplers.Select(sampler => $"{sampler} {Fixed(runs.Where(run => run.Sampler == sampler).Average(run => run.Seconds))}");
        Console.WriteLine($"\nMean seconds per study: {string.Join(", ", times)}");
        return 0;
    }

    static double Mean(List<double> values) => values.Count == 0 ? double.NaN : values.Average();

    static string Text(double value) => double.IsNaN(value) ? "-" : value.ToString("0.0e+0", CultureInfo.InvariantCulture);

    static string Fixed(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
