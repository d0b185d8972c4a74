using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress prune</c> is asked for.</summary>
sealed record PruneArguments(
    string Model,
    string Output,
    IReadOnlyList<Budget> Budgets,
    Criterion Criterion,
    SecondDerivative SecondDerivative,
    Distribution Distribution,
    CompensationMethod Compensation,
    PruningSchedule Schedule,
    int Steps,
    int RoundTo,
    string? Data,
    Preprocessing Preprocessing,
    int Samples,
    int Seed,
    IReadOnlyDictionary<string, long[]>? Shapes);

/// <summary>The command line of <c>compress prune</c>.</summary>
sealed class PruneOptions
{
    readonly Argument<string> model = SharedOptions.Model();
    readonly Option<string?> output = SharedOptions.Output("The smaller model.", isRequired: true);
    readonly BudgetOptions budgets = new(BudgetKind.MaxMacs, BudgetKind.MaxFlops, BudgetKind.MaxSize, BudgetKind.MaxParameters);
    readonly Option<Criterion> criterion = Choice.Of("--criterion", "What makes a unit unimportant; taylor needs labelled --data.", Criterion.L2);
    readonly Option<SecondDerivative> secondDerivative = Choice.Of("--second-derivative", "How --criterion optimal-brain-damage finds the curvature of the loss.", SecondDerivative.Hessian);
    readonly Option<CompensationMethod> compensation = Choice.Of("--compensation", "What makes good for removed channels: their means go into biases, or the layers that read them are fitted anew to --data.", CompensationMethod.Mean);
    readonly Option<Distribution> distribution = Choice.Of("--distribution", "How the cut is spread over the layers.", Distribution.Global);
    readonly Option<PruningSchedule> schedule = Choice.Of("--schedule", "All at once, or in steps with scores taken anew before each.", PruningSchedule.OneShot);
    readonly Option<int> steps = SharedOptions.Positive("--steps", "Cuts of a schedule of several steps.", 3);
    readonly Option<int> roundTo = SharedOptions.Positive("--round-to", "Kept widths are multiples of this; ONNX Runtime gains in steps of 8 or 16.", 1);
    readonly Option<string?> data = SharedOptions.Text("--data", "Samples for scores, for the means of removed channels and for normalisation statistics; without it they are estimated from the weights.", "DATA");
    readonly Option<int> samples = SharedOptions.Positive("--samples", "Samples of --data that are used.", 1024);
    readonly Option<int> seed = SharedOptions.Seed();
    readonly Option<string[]> shape = SharedOptions.Shape();
    readonly PreprocessingOptions preprocessing = new();

    public void AddTo(Command command)
    {
        command.Add(model);
        command.Add(output);
        budgets.AddTo(command);
        foreach (var option in (Option[])[criterion, secondDerivative, distribution, compensation, schedule, steps, roundTo, data, samples, seed, shape]) command.Add(option);
        preprocessing.AddTo(command);
    }

    /// <exception cref="CompressException">CMP0101 contradicting options; CMP0201, CMP0202 budgets; CMP0308 shapes.</exception>
    public PruneArguments Read(ParseResult arguments)
    {
        var asked = budgets.Read(arguments);
        if (asked.Count == 0) throw new UsageException("Nothing says how much is to go.", "Give a budget, for example --max-macs 50%.");
        var chosen = arguments.GetValue(criterion);
        var samplesFrom = arguments.GetValue(data);
        if (chosen == Criterion.Taylor && samplesFrom is null) throw new UsageException("--criterion taylor needs data to take gradients on.", "Give --data, or use --criterion l2.");
        if (chosen is Criterion.Wanda or Criterion.OptimalBrainSurgeon) throw new UsageException("--criterion wanda and optimal-brain-surgeon judge single weights, and channels go as a whole.", "Use --criterion l2, or taylor with --data.");
        var madeGood = arguments.GetValue(compensation);
        if (madeGood == CompensationMethod.OptimalBrainSurgeon) throw new UsageException("--compensation optimal-brain-surgeon updates masked weights, and channels are removed.", "Use --compensation least-squares.");
        if (madeGood == CompensationMethod.LeastSquares && samplesFrom is null) throw new UsageException("--compensation least-squares needs data to fit layers to.", "Give --data, or use --compensation mean.");
        if (chosen != Criterion.OptimalBrainDamage && arguments.GetResult(secondDerivative) is { Implicit: false }) throw new UsageException("--second-derivative belongs to --criterion optimal-brain-damage.", "Give that criterion too, or leave it out.");
        var when = arguments.GetValue(schedule);
        if (when == PruningSchedule.OneShot && arguments.GetResult(steps) is { Implicit: false }) throw new UsageException("--steps needs a schedule of several steps.", "Give --schedule exponential too, or leave --steps out.");
        return new PruneArguments(
            arguments.GetRequiredValue(model),
            arguments.GetRequiredValue(output)!,
            asked,
            chosen,
            arguments.GetValue(secondDerivative),
            arguments.GetValue(distribution),
            madeGood,
            when,
            when == PruningSchedule.OneShot ? 1 : arguments.GetValue(steps),
            arguments.GetValue(roundTo),
            samplesFrom,
            preprocessing.Read(arguments),
            arguments.GetValue(samples),
            arguments.GetValue(seed),
            SharedOptions.Shapes(arguments.GetValue(shape)!));
    }
}
