using System.CommandLine;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress train</c> is asked for.</summary>
/// <param name="Model">The model to go on with; null where <paramref name="Network"/> names a new one.</param>
/// <param name="Checkpoint">Written while training, and where the same command goes on after an interruption.</param>
sealed record TrainArguments(
    string? Model, NetworkName? Network, int? Width, int? Stride, string Output, string Training, string? Validation, Preprocessing Preprocessing, TrainingRecipe Recipe, int? Threads, string Checkpoint);

/// <summary>The command line of <c>compress train</c>.</summary>
sealed class TrainOptions
{
    static readonly TrainingRecipe Defaults = new();

    readonly Argument<string?> model = new("MODEL") { Description = "An ONNX model to train further; or else --network.", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<NetworkName?> network = new("--network")
    {
        Description = "A network to make anew, its input and classes those of the training data.",
        HelpName = string.Join('|', NetworkName.Known),
        CustomParser = result =>
        {
            if (NetworkName.TryParse(result.Tokens[0].Value) is { } name) return name;
            result.AddError($"'{result.Tokens[0].Value}' is no network; it is one of {string.Join(", ", NetworkName.Known)}.");
            return null;
        },
    };
    readonly Option<int?> width = SharedOptions.PositiveOrNone("--width", "Channels of the first stage of resnet-N; 16 unless given.");
    readonly Option<int?> stride = SharedOptions.PositiveOrNone("--stride", "Stride of the first convolution of resnet-N; 2 halves the resolution.");
    readonly Option<string?> output = SharedOptions.Output("The trained model.", isRequired: true);
    readonly Option<string> train = new("--train") { Description = "Labelled data to train on: .npz, .npy pair, IDX images, CIFAR .bin files, a folder of images, .csv, or a class of your own.", HelpName = "DATA", Required = true };
    readonly Option<string?> validate = SharedOptions.Text("--validate", "Held-back data: measured after each epoch, the best epoch is kept.", "DATA");
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
    readonly Option<int?> threads = SharedOptions.PositiveOrNone("--threads", "Threads; one per physical core unless given.");
    readonly Option<string?> checkpoint = SharedOptions.Text("--checkpoint", "Where the state is kept for going on after an interruption; beside the output unless given.", "FILE");
    readonly PreprocessingOptions preprocessing = new();

    public void AddTo(Command command)
    {
        command.Add(model);
        foreach (var option in (Option[])[network, width, stride, output, train, validate, epochs, batchSize, optimizer, learningRate, momentum, nesterov, weightDecay, schedule, warmup, labelSmoothing, augment, seed, threads, checkpoint])
        {
            command.Add(option);
        }

        preprocessing.AddTo(command);
    }

    /// <exception cref="CompressException">CMP0101 contradicting options; CMP0120 a value out of its range.</exception>
    public TrainArguments Read(ParseResult arguments)
    {
        var (file, name) = (arguments.GetValue(model), arguments.GetValue(network));
        if (file is null == name is null) throw new UsageException("Give either a MODEL or a --network to make.", "For example --network lenet-5.");
        if (name is null && (arguments.GetValue(width) ?? arguments.GetValue(stride)) is not null) throw new UsageException("--width and --stride shape a new --network.", "Leave them out for a MODEL.");
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
        var target = Path.GetFullPath(arguments.GetRequiredValue(output)!);
        return new TrainArguments(
            file, name, arguments.GetValue(width), arguments.GetValue(stride), target, arguments.GetRequiredValue(train), arguments.GetValue(validate), preprocessing.Read(arguments), recipe, arguments.GetValue(threads), arguments.GetValue(checkpoint) ?? target + ".checkpoint");
    }

    static Option<double> Number(string name, string description, double value) => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };
}
