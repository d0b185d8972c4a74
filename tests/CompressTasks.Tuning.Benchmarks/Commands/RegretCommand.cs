namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Measures simple regret. Resumable: what the file has is not run again.</summary>
static class RegretCommand
{
    public static readonly Dictionary<string, Func<ISampler>> Samplers = new()
    {
        ["random"] = () => new RandomSampler(),
        ["sobol"] = () => new SobolSampler(),
        ["grid"] = () => new GridSampler { Refining = false },
        ["grid-refined"] = () => new GridSampler(),
        ["random-zoom"] = () => new RandomSampler { Zooming = true },
        ["tpe"] = () => new TpeSampler(),
        ["tpe-independent"] = () => new TpeSampler { Model = TpeModel.Independent },
        ["tpe-grouped"] = () => new TpeSampler { Model = TpeModel.Grouped },
        ["gp"] = () => new GaussianProcessSampler(),
        ["cmaes"] = () => new CmaEsSampler(),
        ["auto"] = () => new AutoSampler(),
    };

    public static int Run(string[] args)
    {
        var options = new Options(args);
        var file = args[0];
        var parallel = options.Number("parallel", 1);
        var uneven = args.Contains("--uneven");
        var suffix = parallel > 1 ? $"x{parallel}{(uneven ? "u" : "")}" : "";
        var known = File.Exists(file) ? File.ReadLines(file).Select(RegretRun.Parse).Select(run => (run.Function, run.Sampler, run.Seed)).ToHashSet() : [];
        var functions = options.List("functions")?.Select(TestFunctions.Named) ?? TestFunctions.All;
        var samplers = options.List("samplers") ?? [.. Samplers.Keys];
        var trials = options.Number("trials", 200);
        var missing =
            from seed in Enumerable.Range(0, options.Number("seeds", 20))
            from function in functions
            from sampler in samplers
            where !known.Contains((function.Name, sampler + suffix, seed))
            select (function, sampler, seed);
        var gate = new Lock();
        Parallel.ForEach(missing.ToList(), new ParallelOptions { MaxDegreeOfParallelism = options.Number("threads", 1) }, run =>
        {
            var result = RegretRun.Measure(run.function, run.sampler + suffix, Samplers[run.sampler], run.seed, trials, parallel, uneven);
            lock (gate)
                File.AppendAllText(file, result.ToLine() + "\n");
        });
        return 0;
    }
}
