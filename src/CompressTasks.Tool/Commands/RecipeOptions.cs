using System.CommandLine;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>The options that say how a network is trained, of every command that trains one.</summary>
sealed class RecipeOptions
{
    static readonly TrainingRecipe Defaults = new();

    readonly Option<int> epochs = SharedOptions.Positive("--epochs", "Passes over the training data.", Defaults.Epochs);
    readonly Option<int> batchSize = SharedOptions.Positive("--batch-size", "Samples of one step.", Defaults.BatchSize);
    readonly Option<OptimizerKind> optimizer = Choice.Of("--optimizer", "The rule of the updates.", Defaults.Optimizer);
    readonly Option<double> learningRate = Number("--learning-rate", "The highest rate of the schedule.", Defaults.LearningRate);
    readonly Option<double> momentum = Number("--momentum", "Of sgd.", Defaults.Momentum);
    readonly Option<bool> nesterov = new("--nesterov") { Description = "Nesterov's momentum." };
    readonly Option<double> weightDecay = Number("--weight-decay", "Pulls weights towards 0.", Defaults.WeightDecay);
    readonly Option<LearningRateSchedule> schedule = Choice.Of("--schedule", "How the rate goes over the run.", Defaults.Schedule);
    readonly Option<double> warmup = Number("--warmup-epochs", "Epochs over which the rate rises first.", Defaults.WarmupEpochs);
    readonly Option<double> labelSmoothing = Number("--label-smoothing", "Part of the probability spread over all classes.", Defaults.LabelSmoothing);
    readonly Option<string?> augment = SharedOptions.Text("--augment", "Random changes of images, joined by commas: flip, shift=PIXELS, cutout=SIDE, rotation=DEGREES, brightness, contrast, saturation=SHARE, mixup, cutmix=ALPHA.", "LIST");
    readonly Option<int> seed = SharedOptions.Seed();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[epochs, batchSize, optimizer, learningRate, momentum, nesterov, weightDecay, schedule, warmup, labelSmoothing, augment, seed]) command.Add(option);
    }

    /// <exception cref="CompressException">CMP0101 what is not understood; CMP0120 a value out of its range.</exception>
    public TrainingRecipe Read(ParseResult arguments)
    {
        var recipe = new TrainingRecipe
        {
            Epochs = arguments.GetValue(epochs),
            BatchSize = arguments.GetValue(batchSize),
            Optimizer = arguments.GetValue(optimizer),
            LearningRate = arguments.GetValue(learningRate),
            Momentum = arguments.GetValue(momentum),
            Nesterov = arguments.GetValue(nesterov),
            WeightDecay = arguments.GetValue(weightDecay),
            Schedule = arguments.GetValue(schedule),
            WarmupEpochs = arguments.GetValue(warmup),
            LabelSmoothing = arguments.GetValue(labelSmoothing),
            Augmentation = AugmentationList.Parse(arguments.GetValue(augment)),
            Seed = arguments.GetValue(seed),
        };
        recipe.Validate();
        return recipe;
    }

    static Option<double> Number(string name, string description, double value) => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };
}
