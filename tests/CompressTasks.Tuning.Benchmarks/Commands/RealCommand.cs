using System.Globalization;
using CompressTasks.Training;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>
/// Seven hyper-parameters of a real training: a network of two hidden layers for images of 28 x 28, trained for a few epochs. Grid, random and model-based search at equal
/// trials, with the validation error as objective and the test error of its best trial beside it. Resumable: runs that the file has are not made again.
/// </summary>
static class RealCommand
{
    static readonly SearchSpace Space = new SearchSpace()
        .Float("rate", 1e-3, 1, logarithmic: true)
        .Float("momentum", 0, 0.99)
        .Float("decay", 1e-6, 0.1, logarithmic: true)
        .Int("batch", 16, 256, logarithmic: true)
        .Float("smoothing", 0, 0.4)
        .Int("width", 8, 128, logarithmic: true)
        .Float("warmup", 0, 1);

    public static int Run(string[] args)
    {
        var options = new Options(args);
        var (file, trials, epochs) = (args[0], options.Number("trials", 40), options.Number("epochs", 3));
        using var training = RealTraining.Open(options, "train");
        using var validation = RealTraining.Open(options, "validate");
        using var test = RealTraining.Open(options, "test");
        var known = File.Exists(file) ? File.ReadLines(file).Select(line => line.Split('\t')).Select(fields => (fields[0], fields[1])).ToHashSet() : [];
        for (var seed = 0; seed < options.Number("seeds", 3); seed++)
        {
            foreach (var sampler in options.List("samplers") ?? ["grid", "random", "gp", "tpe"])
            {
                if (known.Contains((sampler, seed.ToString(CultureInfo.InvariantCulture)))) continue;
                File.AppendAllText(file, Measure(sampler, seed) + "\n");
            }
        }

        return 0;

        string Measure(string sampler, int seed)
        {
            using var study = new Study(Space, new StudyOptions { Seed = seed, TotalTrials = trials, Sampler = RegretCommand.Samplers[sampler]() });
            var errors = new List<(double Validation, double Test)>();
            study.Run((trial, cancellation) =>
            {
                var found = Train(trial.Configuration, training, validation, test, epochs, cancellation);
                errors.Add(found ?? (1, 1));
                return found is { } error ? TrialOutcome.Complete(error.Validation) : TrialOutcome.Failed("The training diverged.");
            });
            var marks = new[] { trials / 4, trials / 2, trials }.Select(mark => errors.Take(mark).MinBy(error => error.Validation));
            return string.Join('\t', [sampler, Text(seed), .. marks.Select(best => $"{Text(best.Validation)}\t{Text(best.Test)}"), study.Best!.Configuration.ToString()]);
        }
    }

    /// <returns>Errors on the two sets; null where the loss diverged.</returns>
    static (double Validation, double Test)? Train(Configuration values, DataSet training, DataSet validation, DataSet test, int epochs, CancellationToken cancellation)
    {
        using var module = RealTraining.Perceptron(values.Int("width"));
        var recipe = new TrainingRecipe
        {
            Epochs = epochs,
            BatchSize = values.Int("batch"),
            LearningRate = values.Float("rate"),
            Momentum = values.Float("momentum"),
            WeightDecay = values.Float("decay"),
            LabelSmoothing = values.Float("smoothing"),
            WarmupEpochs = values.Float("warmup"),
        };
        if (RealTraining.Errors(module, recipe, training, null, cancellation) is null) return null;
        return (1 - Evaluation.Measure(module, validation, 512, OutputKind.Values, cancellation).Value, 1 - Evaluation.Measure(module, test, 512, OutputKind.Values, cancellation).Value);
    }

    static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
