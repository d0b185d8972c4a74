using System.Globalization;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>
/// What early stopping saves: 100 trainings of 20 epochs with TPE, against as many trainings as fit into half of these epochs under each rule. What a training
/// has too much falls by a factor of e in one to three epochs, with a little noise. With curves "ratio" it begins at five times what it has in the end above the
/// minimum, so that better trainings mostly lead; with "offset" at 1 above its end whatever that is, so that the first epochs tell the speed and nothing else.
/// Tabulated trainings have curves of their own.
/// </summary>
static class StoppingCommand
{
    static readonly Dictionary<string, Func<int, IStoppingRule?>> Rules = new()
    {
        ["none, all epochs"] = _ => null,
        ["none"] = _ => null,
        ["median"] = epochs => new MedianRule { WarmupSteps = Math.Max(1, epochs * 3 / 20) },
        ["median of all"] = epochs => new MedianRule { WarmupSteps = epochs / 4, Newest = null },
        ["quarter"] = epochs => new PercentileRule { Percentile = 25, WarmupSteps = epochs / 4 },
        ["halving"] = epochs => new SuccessiveHalvingRule { MinimalSteps = Math.Max(1, epochs / 10), Reduction = 3 },
        ["hyperband"] = epochs => new HyperbandRule { MinimalSteps = Math.Max(1, epochs / 10), MaximalSteps = epochs },
    };

    public static int Run(string[] args)
    {
        var options = new Options(args);
        var seeds = options.Number("seeds", 20);
        var ratio = options.Text("curves") != "offset";
        var (trainings, sampler) = (options.Number("trials", 100), RegretCommand.Samplers[options.Text("sampler") ?? "tpe"]);
        var names = options.List("functions") ?? ["hartmann6", "log-mixed", "conditional", "cliff", "levy4", "branin"];
        Console.WriteLine($"| function | {string.Join(" | ", Rules.Keys)} |\n|---|{string.Concat(Rules.Select(_ => "---:|"))}");
        foreach (var function in names.Select(TestFunctions.Named))
        {
            var cells = Rules.Select(rule =>
            {
                var budget = function.Epochs * trainings / (rule.Key == "none, all epochs" ? 1 : 2);
                var runs = Enumerable.Range(0, seeds).Select(seed => Measure(function, sampler(), rule.Value(function.Epochs), seed, budget, ratio)).ToArray();
                return string.Create(CultureInfo.InvariantCulture, $"{(function.Curve is null ? Statistics.Median(runs.Select(run => run.Regret)) : runs.Average(run => run.Regret)):0.0e+0} ({Statistics.Median(runs.Select(run => run.Trials)):0})");
            });
            Console.WriteLine($"| {function.Name} | {string.Join(" | ", cells)} |");
        }

        Console.WriteLine($"\nMedian regret (of tabulated trainings the mean) of the best complete training over {seeds} seeds; in brackets the trainings begun. All but the first column have half of the epochs.");
        return 0;
    }

    static (double Regret, double Trials) Measure(TestFunction function, ISampler sampler, IStoppingRule? rule, int seed, int budget, bool ratio)
    {
        using var study = new Study(function.Space, new StudyOptions { Seed = seed, Sampler = sampler, Stopping = rule });
        for (var used = 0; used < budget;)
        {
            var trial = study.Ask()!;
            used += Train(function, study, trial, ratio);
        }

        return (Math.Max(1e-12, function.Regret(study.Best!.Configuration)), study.Trials.Length);
    }

    /// <returns>The epochs that it took.</returns>
    static int Train(TestFunction function, Study study, Trial trial, bool ratio)
    {
        var curve = function.Curve?.Invoke(trial.Configuration) ?? Curve(function, trial, ratio);
        for (var epoch = 1; epoch <= curve.Length; epoch++)
        {
            if (!trial.Report(epoch, curve[epoch - 1]).Stop)
                continue;
            study.Tell(trial, TrialOutcome.Pruned());
            return epoch;
        }

        study.Tell(trial, curve[^1]);
        return curve.Length;
    }

    static double[] Curve(TestFunction function, Trial trial, bool ratio)
    {
        var final = function.Value(trial.Configuration, 0);
        var speed = 1 + (2 * new Random(trial.Number).NextDouble());
        var scale = ratio ? final - function.Minimum : 1;
        var noise = ratio ? 0.02 * scale : 0.002;
        var curve = Enumerable.Range(1, function.Epochs)
            .Select(epoch => final + (scale * ((ratio ? 4 : 1) * Math.Exp(-epoch / speed))) + (noise * TestFunctions.Gauss((trial.Number * 100) + epoch)))
            .ToArray();
        curve[^1] = final;
        return curve;
    }
}
