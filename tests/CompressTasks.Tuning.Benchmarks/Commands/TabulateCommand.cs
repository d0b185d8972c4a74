using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Runs every training of a <see cref="TabulatedTraining"/> and writes the validation error after each epoch. Resumable: rows that the file has are not made again.</summary>
static class TabulateCommand
{
    public static int Run(string[] args)
    {
        var options = new Options(args);
        var (name, file) = (args[0], args[1]);
        var table = TabulatedTraining.All.First(candidate => candidate.Name == name);
        using var training = RealTraining.Open(options, "train");
        using var validation = RealTraining.Open(options, "validate");
        var known = File.Exists(file) ? TabulatedTraining.Read(file).Keys.ToHashSet() : [];
        using var rows = new StreamWriter(file, append: true) { AutoFlush = true };
        foreach (var configuration in table.Grid().Where(configuration => !known.Contains(table.Key(configuration))))
        {
            using var module = table == TabulatedTraining.Perceptron
                ? RealTraining.Perceptron((int)table.Level(configuration, "width"))
                : RealTraining.Convolutions((int)table.Level(configuration, "channels"), (int)table.Level(configuration, "kernel"));
            var errors = RealTraining.Errors(module, Recipe(table, configuration), training, validation, CancellationToken.None);
            rows.WriteLine(string.Join('\t', [table.Key(configuration), .. errors?.Select(error => error.ToString("0.#####", CultureInfo.InvariantCulture)) ?? Enumerable.Repeat("-", table.Epochs)]));
        }

        return 0;
    }

    static TrainingRecipe Recipe(TabulatedTraining table, Configuration configuration)
    {
        double Level(string axis, double otherwise) => configuration.Contains(axis) ? table.Level(configuration, axis) : otherwise;
        var standard = new TrainingRecipe();
        return standard with
        {
            Epochs = table.Epochs,
            Optimizer = configuration.TryGet("optimizer", out var optimizer) && optimizer.Text == "adamw" ? OptimizerKind.AdamW : OptimizerKind.Sgd,
            BatchSize = (int)Level("batch", standard.BatchSize),
            LearningRate = Level("rate", standard.LearningRate),
            Momentum = Level("momentum", standard.Momentum),
            WeightDecay = Level("decay", standard.WeightDecay),
            LabelSmoothing = Level("smoothing", 0),
            KeepBest = false,
        };
    }
}
