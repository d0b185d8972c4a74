namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Two objectives: how much of the dominated area is missing after some trials, by sampler.</summary>
static class FrontCommand
{
    const int Samples = 2000;

    static readonly (string Name, SearchSpace Space, Func<Configuration, (double First, double Second)> Value, Func<double, double> Front, double[] Reference)[] Problems =
    [
        // Zitzler, Deb and Thiele (2000), with fewer parameters.
        ("zdt1", Box(8), x => Zdt(x, (first, g) => 1 - Math.Sqrt(first / g)), first => 1 - Math.Sqrt(first), [1.1, 1.1]),
        ("zdt2", Box(8), x => Zdt(x, (first, g) => 1 - (first / g * first / g)), first => 1 - (first * first), [1.1, 1.1]),
        ("zdt3", Box(8), x => Zdt(x, Waves), first => Waves(first, 1), [1.1, 1.1]),
        // Error and size of a network whose six layers need different widths, by a learning rate that does not matter for the size.
        ("layers", Layers(), LayerValue, share => 1 / (1 + (9 * share)), [1.0, 1.0]),
    ];

    public static int Run(string[] args)
    {
        var options = new Options(args);
        var (seeds, marks) = (options.Number("seeds", 10), new[] { 50, 100, 200 });
        var samplers = options.List("samplers") ?? ["random", "tpe", "gp", "auto"];
        Console.WriteLine($"| problem | trials | {string.Join(" | ", samplers)} |\n|---|---:|{string.Concat(samplers.Select(_ => "---:|"))}");
        foreach (var (name, space, value, front, reference) in Problems)
        {
            var whole = Area(Enumerable.Range(0, Samples + 1).Select(i => (double)i / Samples).Select(first => (first, front(first))), reference);
            var missing = samplers.Select(sampler => Enumerable.Range(0, seeds).Select(seed =>
            {
                using var study = new Study(space, new StudyOptions { Objectives = [new("first"), new("second")], Seed = seed, Sampler = RegretCommand.Samplers[sampler](), TotalTrials = marks[^1] });
                var seen = new List<(double, double)>();
                study.Run((trial, _) =>
                {
                    seen.Add(value(trial.Configuration));
                    return TrialOutcome.Complete(seen[^1].Item1, seen[^1].Item2);
                });
                return marks.Select(mark => 1 - (Area(seen.Take(mark), reference) / whole)).ToArray();
            }).ToArray()).ToArray();
            for (var mark = 0; mark < marks.Length; mark++)
            {
                var at = mark;
                Console.WriteLine($"| {name} | {marks[mark]} | {string.Join(" | ", missing.Select(runs => FormattableString.Invariant($"{100 * Statistics.Median(runs.Select(run => run[at])):0.00} %")))} |");
            }
        }

        return 0;
    }

    static SearchSpace Box(int dimensions) => new(Enumerable.Range(0, dimensions).Select(i => new FloatParameter("x" + i, 0, 1)));

    static (double First, double Second) Zdt(Configuration x, Func<double, double, double> shape)
    {
        var values = x.Select(pair => pair.Value.Number).ToArray();
        var g = 1 + (9 * values.Skip(1).Average());
        return (values[0], g * shape(values[0], g));
    }

    static double Waves(double first, double g) => 1 - Math.Sqrt(first / g) - (first / g * Math.Sin(10 * Math.PI * first));

    static SearchSpace Layers() => Enumerable.Range(0, 6).Aggregate(new SearchSpace().Float("rate", 1e-4, 1, logarithmic: true), (space, i) => space.Int("w" + i, 4, 64, logarithmic: true));

    /// <summary>The error is least where every layer has the same share of what it needs, and then falls with that share as the front says.</summary>
    static (double First, double Second) LayerValue(Configuration x)
    {
        var needs = Enumerable.Range(0, 6).Select(i => 1.0 / (1 + (i % 3))).ToArray();
        var shares = needs.Select((need, i) => Math.Min(1, x.Int("w" + i) / (64.0 * need))).ToArray();
        var size = Enumerable.Range(0, 6).Sum(i => x.Int("w" + i) / 64.0) / needs.Sum();
        var harmonic = needs.Sum() / needs.Zip(shares, (need, share) => need / share).Sum();
        return (size, (1 / (1 + (9 * harmonic))) + (Math.Pow(Math.Log10(x.Float("rate")) + 1.7, 2) / 20));
    }

    static double Area(IEnumerable<(double First, double Second)> points, double[] reference)
    {
        var (area, height) = (0.0, reference[1]);
        foreach (var (first, second) in points.Where(point => point.First < reference[0]).OrderBy(point => point.First))
        {
            if (second >= height)
                continue;
            area += (reference[0] - first) * (height - second);
            height = second;
        }

        return area;
    }
}
