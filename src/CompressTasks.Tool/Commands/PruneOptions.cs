using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress prune</c> is asked for.</summary>
sealed record PruneArguments(
    string Model,
    string Output,
    IReadOnlyList<Budget> Budgets,
    PruneStage Stage,
    string? Data,
    Preprocessing Preprocessing,
    int Seed,
    int? Threads,
    bool Trains,
    IReadOnlyDictionary<string, long[]>? Shapes);

/// <summary>The command line of <c>compress prune</c>.</summary>
sealed class PruneOptions
{
    readonly Argument<string> model = SharedOptions.Model();
    readonly Option<string?> output = SharedOptions.Output("The smaller model.", isRequired: true);
    readonly BudgetOptions budgets = new(BudgetKind.MaxMacs, BudgetKind.MaxFlops, BudgetKind.MaxSize, BudgetKind.MaxParameters, BudgetKind.MaxLatency);
    readonly Option<PruningGrain> granularity = GrainOption.Create();
    readonly Option<double?> sparsity = new("--sparsity") { Description = "Share of the MACs that goes, or of the weights that are set to zero, such as 0.5, beside or instead of budgets.", HelpName = "SHARE" };
    readonly Option<Criterion> criterion = Choice.Of("--criterion", "What makes a unit unimportant; taylor and gradient-times-weight need labelled --data.", Criterion.L2);
    readonly Option<Distribution> distribution = Choice.Of("--distribution", "How the cut is spread over the layers; sensitivity needs labelled --data.", Distribution.Global);
    readonly Option<CostUnit> costUnit = Choice.Of("--cost-unit", "What --distribution budget weighs importance against.", CostUnit.Macs);
    readonly Option<GroupNormalization?> normalization = Choice.OrNone<GroupNormalization>("--group-normalization", "What scores are divided by before layers compete; of the layer's units, mean where it matters unless given.");
    readonly Option<double> most = new("--most-per-group") { Description = "Largest share of a layer's units that may go.", HelpName = "SHARE", DefaultValueFactory = _ => 1 };
    readonly Option<double> least = new("--least-per-group") { Description = "Smallest share of a layer's units that stays.", HelpName = "SHARE", DefaultValueFactory = _ => 0 };
    readonly Option<PruningSchedule> schedule = Choice.Of("--schedule", "All at once, or in steps with scores taken anew before each.", PruningSchedule.OneShot);
    readonly Option<int> steps = SharedOptions.Positive("--steps", "Cuts of a schedule of several steps.", 3);
    readonly Option<int> roundTo = new("--round-to") { Description = "Kept widths are multiples of this; ONNX Runtime gains in steps of 8 or 16. 0 chooses what pays for a latency budget.", HelpName = "N", DefaultValueFactory = _ => 1 };
    readonly Option<string?> data = SharedOptions.Text("--data", "Samples for scores, for the means of removed channels and for normalisation statistics; without it they are estimated from the weights.", "DATA");
    readonly Option<SecondDerivative> secondDerivative = Choice.Of("--second-derivative", "How --criterion optimal-brain-damage finds curvature.", SecondDerivative.Hessian);
    readonly Option<CompensationMethod> compensation = Choice.Of("--compensation", "What makes good for what goes, before any training; least-squares and optimal-brain-surgeon need --data.", CompensationMethod.Mean);
    readonly Option<int> samples = SharedOptions.Positive("--samples", "Samples of --data that are used.", 1024);
    readonly Option<int> seed = SharedOptions.Seed();
    readonly Option<string[]> shape = SharedOptions.Shape();
    readonly Option<int?> threads = SharedOptions.PositiveOrNone("--threads", "Threads for training; one per physical core unless given. Latency is measured with one.");
    readonly PruneTrainingOptions training = new();
    readonly PreprocessingOptions preprocessing = new();

    public void AddTo(Command command)
    {
        command.Add(model);
        command.Add(output);
        budgets.AddTo(command);
        foreach (var option in (Option[])[granularity, sparsity, criterion, distribution, costUnit, normalization, most, least, schedule, steps, roundTo, data, samples, secondDerivative, compensation]) command.Add(option);
        training.AddTo(command);
        foreach (var option in (Option[])[seed, threads, shape]) command.Add(option);
        preprocessing.AddTo(command);
    }

    /// <exception cref="CompressException">CMP0101 contradicting options; CMP0201, CMP0202 budgets; CMP0308 shapes.</exception>
    public PruneArguments Read(ParseResult arguments)
    {
        var asked = budgets.Read(arguments);
        var grain = arguments.GetRequiredValue(granularity);
        if (asked.Count == 0 && arguments.GetValue(sparsity) is null && grain.Granularity != Granularity.Pattern) throw new UsageException("Nothing says how much is to go.", "Give a budget, for example --max-macs 50%, or --sparsity 0.5.");
        var samplesFrom = arguments.GetValue(data);
        var when = arguments.GetValue(schedule);
        if (when == PruningSchedule.OneShot && arguments.GetResult(steps) is { Implicit: false } && !training.Trains(arguments)) throw new UsageException("--steps needs a schedule of several steps.", "Give --schedule exponential too, or leave --steps out.");
        var stage = new PruneStage
        {
            Granularity = grain,
            Sparsity = arguments.GetValue(sparsity),
            Criterion = arguments.GetValue(criterion),
            Distribution = arguments.GetValue(distribution),
            CostUnit = arguments.GetValue(costUnit),
            GroupNormalization = arguments.GetValue(normalization),
            MostPerGroup = arguments.GetValue(most),
            LeastPerGroup = arguments.GetValue(least),
            Schedule = when,
            Steps = when == PruningSchedule.OneShot && arguments.GetResult(steps) is not { Implicit: false } ? 1 : arguments.GetValue(steps),
            RoundTo = arguments.GetValue(roundTo),
            Samples = arguments.GetValue(samples),
            SecondDerivative = arguments.GetValue(secondDerivative),
            Compensation = arguments.GetValue(compensation),
        };
        stage = training.Read(arguments, stage, samplesFrom);
        Check(stage, samplesFrom, training.Trains(arguments));
        var preparation = preprocessing.Read(arguments);
        if (samplesFrom is null && arguments.GetResult(samples) is { Implicit: false }) throw new UsageException("--samples counts samples of --data.", "Give --data too, or leave --samples out.");
        if (samplesFrom is null && preparation != Preprocessing.Default) throw new UsageException("Preprocessing is done to samples of --data.", "Give --data too, or leave the preprocessing out.");
        return new PruneArguments(
            arguments.GetRequiredValue(model),
            arguments.GetRequiredValue(output)!,
            asked,
            stage,
            samplesFrom,
            preparation,
            arguments.GetValue(seed),
            arguments.GetValue(threads),
            training.Trains(arguments),
            SharedOptions.Shapes(arguments.GetValue(shape)!));
    }

    static void Check(PruneStage stage, string? data, bool trains)
    {
        PruneStageCheck.Check(stage, (holds, what) =>
        {
            if (!holds) throw new UsageException($"These options do not go together: {what}.", "See docs/recipes.md for what goes with what.");
        });
        if (!trains && stage.Granularity.IsMasked && stage.Schedule != PruningSchedule.OneShot) throw new UsageException("Weights that are set to zero in several steps need training between them.", "Give --epochs and --data too.");
        var name = PruneStageCheck.NameOf(stage.Criterion);
        var needs = CriterionTraits.Of(stage.Criterion).Needs;
        if (!trains && needs == CriterionNeeds.Training) throw new UsageException($"--criterion {name} looks at training.", "Give --epochs and --data too, or use --criterion l2.");
        if (data is not null) return;
        if (needs == CriterionNeeds.Labels) throw new UsageException($"--criterion {name} needs data to take gradients on.", "Give --data, or use --criterion l2.");
        if (needs == CriterionNeeds.Data) throw new UsageException($"--criterion {name} needs data to look at.", "Give --data, or use --criterion l2.");
        if (stage.Compensation is CompensationMethod.LeastSquares or CompensationMethod.OptimalBrainSurgeon) throw new UsageException($"--compensation {PruneStageCheck.NameOf(stage.Compensation)} needs data to look at.", "Give --data, or use another compensation.");
        if (stage.Distribution == Distribution.Sensitivity) throw new UsageException("--distribution sensitivity needs labelled data to measure on.", "Give --data, or use another distribution.");
    }
}
