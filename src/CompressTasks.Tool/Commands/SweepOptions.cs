using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>The command line of <c>compress sweep</c>.</summary>
sealed class SweepOptions
{
    readonly Argument<string> model = SharedOptions.Model();
    readonly Option<string?> output = SharedOptions.Output("The folder for the tables, the chart and the finished points.", isRequired: true);
    readonly Option<double[]> sparsity = new("--sparsity")
    {
        Description = "Shares that go, joined by commas: of the weights where they are set to zero, of the MACs where units are removed.",
        HelpName = "LIST",
        DefaultValueFactory = _ => [0, 0.5, 0.8, 0.9, 0.95, 0.98],
        CustomParser = result => List<double>(result, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and < 1 ? share : null, "a share from 0 to below 1"),
    };
    readonly Option<Criterion[]> criteria = new("--criterion")
    {
        Description = "What makes a unit or weight unimportant; several are joined by commas and compared.",
        HelpName = "LIST",
        DefaultValueFactory = _ => [Criterion.L2],
        CustomParser = result => List(result, Choice.Parse<Criterion>, $"one of {string.Join(", ", Choice.Names<Criterion>())}"),
    };
    readonly Option<PruningGrain> granularity = GrainOption.Create();
    readonly Option<Distribution> distribution = Choice.Of("--distribution", "How the cut is spread over the layers.", Distribution.Global);
    readonly Option<string?> train = SharedOptions.Text("--train", "Data for scores and for recovery.", "DATA");
    readonly Option<string?> validate = new("--validate") { Description = "Labelled data that quality is measured on.", HelpName = "DATA", Required = true };
    readonly Option<int> epochs = SharedOptions.Validated(
        new Option<int>("--epochs") { Description = "Passes over --train after each cut, learning from the original; 0 for no recovery. 4 unless given, 0 without --train.", HelpName = "N", DefaultValueFactory = _ => 4 },
        number => number >= 0,
        "must be 0 or more");
    readonly Option<double> learningRate = new("--learning-rate") { Description = "The highest rate of the recovery's one-cycle schedule.", HelpName = "X", DefaultValueFactory = _ => new DistillStage().Training.LearningRate };
    readonly Option<int> samples = SharedOptions.Positive("--samples", "Samples of --train that scores are taken over.", 1024);
    readonly Option<int> seed = SharedOptions.Seed();
    readonly Option<int?> threads = SharedOptions.PositiveOrNone("--threads", "Threads; one per physical core unless given.");
    readonly PreprocessingOptions preprocessing = new();

    public void AddTo(Command command)
    {
        command.Add(model);
        foreach (var option in (Option[])[sparsity, granularity, criteria, distribution, train, validate, epochs, learningRate, samples, seed, threads, output]) command.Add(option);
        preprocessing.AddTo(command);
    }

    /// <exception cref="CompressException">CMP0101 contradicting options; CMP0120 a value out of its range.</exception>
    public SweepRequest Read(ParseResult arguments)
    {
        var data = arguments.GetValue(train);
        if (data is null && arguments.GetResult(epochs) is { Implicit: false } && arguments.GetValue(epochs) > 0) throw new UsageException("Recovery needs data to train on.", "Give --train, or leave --epochs out.");
        if (data is null && arguments.GetResult(samples) is { Implicit: false }) throw new UsageException("--samples counts samples of --train.", "Give --train too, or leave --samples out.");
        var passes = data is null ? 0 : arguments.GetValue(epochs);
        var recovery = new DistillStage { ExtraRounds = 0 };
        recovery = recovery with { Training = recovery.Training with { Epochs = passes, LearningRate = arguments.GetValue(learningRate), KeepBest = false } };
        recovery.Training.Validate();
        var grain = arguments.GetRequiredValue(granularity);
        return new SweepRequest
        {
            Model = Path.GetFullPath(arguments.GetRequiredValue(model)),
            OutputDirectory = Path.GetFullPath(arguments.GetRequiredValue(output)!),
            TrainingData = data,
            ValidationData = arguments.GetRequiredValue(validate)!,
            Sparsities = [.. arguments.GetRequiredValue(sparsity).Distinct()],
            Criteria = [.. arguments.GetRequiredValue(criteria).Distinct()],
            Stage = new PruneStage
            {
                Granularity = grain,
                Distribution = arguments.GetValue(distribution),
                Samples = arguments.GetValue(samples),
                // Training would make good for it; of weights and blocks there is nothing to say.
                AllowInexact = passes > 0 || grain.IsMasked || grain.Granularity == Granularity.Layer ? null : false,
            },
            Recovery = passes == 0 ? null : recovery,
            Preprocessing = preprocessing.Read(arguments),
            Seed = arguments.GetValue(seed),
            Threads = arguments.GetValue(threads),
            CacheDirectory = CacheFolder.Path,
        };
    }

    static T[] List<T>(ArgumentResult result, Func<string, T?> parse, string expected)
        where T : struct
    {
        var values = new List<T>();
        foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (parse(text) is { } value) values.Add(value);
            else result.AddError($"'{text}' is no value of {((OptionResult)result.Parent!).Option.Name}; it has to be {expected}.");
        }

        return [.. values];
    }
}
