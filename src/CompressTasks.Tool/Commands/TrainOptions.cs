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
    readonly RecipeOptions recipe = new();
    readonly Option<int?> threads = SharedOptions.PositiveOrNone("--threads", "Threads; one per physical core unless given.");
    readonly Option<string?> checkpoint = SharedOptions.Text("--checkpoint", "Where the state is kept for going on after an interruption; beside the output unless given.", "FILE");
    readonly PreprocessingOptions preprocessing = new();

    public void AddTo(Command command)
    {
        command.Add(model);
        foreach (var option in (Option[])[network, width, stride, output, train, validate, threads, checkpoint]) command.Add(option);
        recipe.AddTo(command);

        preprocessing.AddTo(command);
    }

    /// <exception cref="CompressException">CMP0101 contradicting options; CMP0120 a value out of its range.</exception>
    public TrainArguments Read(ParseResult arguments)
    {
        var (file, name) = (arguments.GetValue(model), arguments.GetValue(network));
        if (file is null == name is null) throw new UsageException("Give either a MODEL or a --network to make.", "For example --network lenet-5.");
        if (name is null && (arguments.GetValue(width) ?? arguments.GetValue(stride)) is not null) throw new UsageException("--width and --stride shape a new --network.", "Leave them out for a MODEL.");
        var target = Path.GetFullPath(arguments.GetRequiredValue(output)!);
        return new TrainArguments(
            file, name, arguments.GetValue(width), arguments.GetValue(stride), target, arguments.GetRequiredValue(train), arguments.GetValue(validate), preprocessing.Read(arguments), recipe.Read(arguments), arguments.GetValue(threads), arguments.GetValue(checkpoint) ?? target + ".checkpoint");
    }
}
