using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress prune</c> trains while it prunes: nothing, unless it is asked to.</summary>
sealed class PruneTrainingOptions
{
    static readonly SparseLearning Learning = new();

    readonly Option<int?> epochs = SharedOptions.PositiveOrNone("--epochs", "Passes over --data between two cuts, while weights are set to zero in several steps, or in each round of a lottery ticket; no training unless given.");
    readonly Option<double> rate = SharedOptions.Validated(
        new Option<double>("--learning-rate") { Description = "The highest rate of that training.", HelpName = "X", DefaultValueFactory = _ => 0.02 },
        value => value > 0 && double.IsFinite(value),
        "must be above zero");
    readonly Option<Regrowth> regrowth = Choice.Of("--regrowth", "Whether weights that were set to zero come back while the network trains: at random (SET), by gradient (RigL), or spliced (Dynamic Network Surgery).", Regrowth.None);
    readonly Option<StartingWeights> start = Choice.Of("--start", "The model's own weights, or new ones from which it trains with few weights.", StartingWeights.Trained);
    readonly Option<double?> rewind = new("--rewind") { Description = "Lottery ticket: after each step weights go back to what they were after so many epochs of the first training.", HelpName = "EPOCHS" };
    readonly Option<int?> sparseLearning = SharedOptions.PositiveOrNone("--sparse-learning", "Epochs before each cut in which the units that will go are pulled towards zero.");
    readonly Option<double> strength = SharedOptions.Validated(
        new Option<double>("--sparse-strength") { Description = "Decay that --sparse-learning reaches at its end.", HelpName = "X", DefaultValueFactory = _ => Learning.Strength },
        value => value > 0 && double.IsFinite(value),
        "must be above zero");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[epochs, rate, regrowth, start, rewind, sparseLearning, strength]) command.Add(option);
    }

    /// <summary>True where the stage is to train.</summary>
    public bool Trains(ParseResult arguments) => arguments.GetValue(epochs) is not null || arguments.GetValue(sparseLearning) is not null;

    /// <exception cref="UsageException">CMP0101: options that train, without the epochs or the data for it.</exception>
    public PruneStage Read(ParseResult arguments, PruneStage stage, string? data)
    {
        var asked = new Option[] { rate, regrowth, start, rewind, strength }.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false });
        if (!Trains(arguments))
        {
            if (asked is not null) throw new UsageException($"{asked.Name} is about training, and none is asked for.", "Give --epochs and --data too.");
            return stage;
        }

        if (arguments.GetValue(sparseLearning) is null && arguments.GetResult(strength) is { Implicit: false }) throw new UsageException("--sparse-strength is about --sparse-learning.", "Give --sparse-learning too, or leave it out.");
        if (data is null) throw new UsageException("Training needs data.", "Give --data, or leave --epochs and --sparse-learning out.");
        return stage with
        {
            Recovery = new TrainingRecipe { Epochs = arguments.GetValue(epochs) ?? 1, LearningRate = arguments.GetValue(rate) },
            Regrowth = arguments.GetValue(regrowth),
            Start = arguments.GetValue(start),
            Rewind = arguments.GetValue(rewind),
            SparseLearning = arguments.GetValue(sparseLearning) is { } learned ? new SparseLearning { Epochs = learned, Strength = arguments.GetValue(strength) } : null,
        };
    }
}
