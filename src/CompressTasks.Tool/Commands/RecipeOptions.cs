using System.CommandLine;
using System.Globalization;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>The options that say how a network is trained, of every command that trains one.</summary>
sealed class RecipeOptions
{
    static readonly TrainingRecipe Defaults = new();

    readonly Option<int> epochs = SharedOptions.Positive("--epochs", "Passes over the training data.", Defaults.Epochs);
    readonly Option<int> batchSize = SharedOptions.Positive("--batch-size", "Samples of one batch.", Defaults.BatchSize);
    readonly Option<int> accumulation = SharedOptions.Positive("--accumulation", "Batches whose gradients are averaged for one update.", Defaults.Accumulation);
    readonly Option<OptimizerKind> optimizer = Choice.Of("--optimizer", "The rule of the updates.", Defaults.Optimizer);
    readonly Option<double> learningRate = Number("--learning-rate", "The highest rate of the schedule.", Defaults.LearningRate);
    readonly Option<double> momentum = Number("--momentum", "Of sgd.", Defaults.Momentum);
    readonly Option<bool> nesterov = new("--nesterov") { Description = "Nesterov's momentum." };
    readonly Option<double> weightDecay = Number("--weight-decay", "Pulls weights towards 0.", Defaults.WeightDecay);
    readonly Option<LearningRateSchedule> schedule = Choice.Of("--schedule", "How the rate goes over the run.", Defaults.Schedule);
    readonly Option<double> warmup = Number("--warmup-epochs", "Epochs over which the rate rises first.", Defaults.WarmupEpochs);
    readonly Option<double> plateauFactor = Number("--plateau-factor", "What plateau multiplies the rate by.", Defaults.PlateauFactor);
    readonly Option<int> plateauPatience = SharedOptions.Positive("--plateau-patience", "Epochs without a better validation result after which plateau does so.", Defaults.PlateauPatience);
    readonly Option<LossKind?> loss = Choice.OrNone<LossKind>("--loss", "What outputs are compared with labels by; what goes with the labels unless given.");
    readonly Option<double> huberDelta = Number("--huber-delta", "Where huber goes over from squares to sizes.", Defaults.HuberDelta);
    readonly Option<double> labelSmoothing = Number("--label-smoothing", "Part of the probability spread over all classes.", Defaults.LabelSmoothing);
    readonly Option<double?> gradientClip = new("--gradient-clip") { Description = "Largest norm of all gradients together.", HelpName = "X" };
    readonly Option<string?> averaging = SharedOptions.Text("--averaging", "End with an average of the weights: ema or ema=DECAY (exponential), swa or swa=EPOCH (all epochs from that one on).", "KIND");
    readonly Option<string?> frozen = SharedOptions.Text("--freeze", "Names of nodes or initializers whose weights stay as they are, joined by commas; * stands for any letters.", "NAMES");
    readonly Option<TrainingPrecision> precision = Choice.Of("--precision", "What convolutions and matrix products are computed in.", Defaults.Precision);
    readonly Option<int?> patience = SharedOptions.PositiveOrNone("--early-stopping", "Epochs without a better validation result after which the training ends.");
    readonly Option<string?> augment = SharedOptions.Text("--augment", "Random changes of images, joined by commas: flip, shift=PIXELS, cutout=SIDE, rotation=DEGREES, brightness, contrast, saturation=SHARE, mixup, cutmix=ALPHA.", "LIST");
    readonly Option<int> seed = SharedOptions.Seed();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[
            epochs, batchSize, accumulation, optimizer, learningRate, momentum, nesterov, weightDecay, schedule, warmup, plateauFactor, plateauPatience, loss, huberDelta,
            labelSmoothing, gradientClip, averaging, frozen, precision, patience, augment, seed])
        {
            command.Add(option);
        }
    }

    /// <exception cref="CompressException">CMP0101 what is not understood; CMP0120 a value out of its range.</exception>
    public TrainingRecipe Read(ParseResult arguments)
    {
        var recipe = new TrainingRecipe
        {
            Epochs = arguments.GetValue(epochs),
            BatchSize = arguments.GetValue(batchSize),
            Accumulation = arguments.GetValue(accumulation),
            Optimizer = arguments.GetValue(optimizer),
            LearningRate = arguments.GetValue(learningRate),
            Momentum = arguments.GetValue(momentum),
            Nesterov = arguments.GetValue(nesterov),
            WeightDecay = arguments.GetValue(weightDecay),
            Schedule = arguments.GetValue(schedule),
            WarmupEpochs = arguments.GetValue(warmup),
            PlateauFactor = arguments.GetValue(plateauFactor),
            PlateauPatience = arguments.GetValue(plateauPatience),
            Loss = arguments.GetValue(loss),
            HuberDelta = arguments.GetValue(huberDelta),
            LabelSmoothing = arguments.GetValue(labelSmoothing),
            GradientClip = arguments.GetValue(gradientClip),
            Averaging = arguments.GetValue(averaging) is { } average ? AveragingOf(average) : null,
            Frozen = arguments.GetValue(frozen)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            Precision = arguments.GetValue(precision),
            EarlyStoppingPatience = arguments.GetValue(patience),
            Augmentation = AugmentationList.Parse(arguments.GetValue(augment)),
            Seed = arguments.GetValue(seed),
        };
        recipe.Validate();
        return recipe;
    }

    static AveragingRecipe AveragingOf(string text) => text.Split('=') switch
    {
        ["ema"] => new() { Kind = AveragingKind.Exponential },
        ["ema", var decay] when double.TryParse(decay, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) =>
            new() { Kind = AveragingKind.Exponential, Decay = share },
        ["swa"] => new() { Kind = AveragingKind.Stochastic },
        ["swa", var epoch] when int.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var first) =>
            new() { Kind = AveragingKind.Stochastic, StartEpoch = first },
        _ => throw new UsageException($"--averaging does not know '{text}'.", "Write for example --averaging ema=0.999 or --averaging swa=8."),
    };

    static Option<double> Number(string name, string description, double value) => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };
}
