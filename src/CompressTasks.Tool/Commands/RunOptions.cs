using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>The command line of <c>compress run</c>, most of which <c>compress tune</c> has too.</summary>
/// <param name="isTuning">True for <c>compress tune</c>, whose recipe may say by itself how much goes.</param>
sealed class RunOptions(bool isTuning = false)
{
    readonly Argument<string> model = SharedOptions.Model("The ONNX model to compress.");
    readonly Option<string?> output = SharedOptions.Output("The folder for the smaller model, report.json and report.md.", isRequired: true);
    readonly Option<string?> train = SharedOptions.Text("--train", "Data to recover on; without it the model is cut only.", "DATA");
    readonly Option<string?> validate = SharedOptions.Text("--validate", "Held-back data that accuracy budgets are judged on.", "DATA");
    readonly Option<string?> test = SharedOptions.Text("--test", "Data that is read once, at the end, for the report.", "DATA");
    readonly Option<string?> recipe = SharedOptions.Text("--recipe", isTuning ? "A recipe with ranges in place of values; the built-in recipe's main hyper-parameters unless given." : "A recipe of one's own.", "RECIPE.json");
    readonly Option<int?> trials = SharedOptions.PositiveOrNone(
        "--trials",
        isTuning ? "Trials in all, those of earlier runs and other workers counted in; 30 unless given." : "Trials to choose the recipe by: its ranges, or the built-in recipe's main hyper-parameters. None unless given.");
    readonly Option<string[]> teacher = SharedOptions.Teachers("A model to learn from, or a checkpoint of the original's training, or original; can be given several times. The original alone unless given.");
    readonly Option<string?> student = SharedOptions.Text("--student", "The model to train in the original's place, or auto for one that is derived from the original to fit the budgets.", "STUDENT.onnx");
    readonly Option<int> seed = SharedOptions.Seed();
    readonly Option<int?> threads = SharedOptions.PositiveOrNone("--threads", "Threads for training, one per physical core unless given, and for measuring latency, 1 unless given.");
    readonly Option<int> batch = SharedOptions.Positive("--batch", "The batch that costs and latency are measured at.", 1);
    readonly Option<TimeSpan?> timeLimit = SharedOptions.Validated(
        new Option<TimeSpan?>("--time-limit") { Description = isTuning ? "No trial begins later; those that run are finished." : "Most time to train, to the end of an epoch; the run goes on with what it has.", HelpName = "HH:MM:SS" },
        time => time is null || time > TimeSpan.Zero,
        "must be above zero");
    readonly Option<string[]> shape = SharedOptions.Shape();

    public void AddTo(Command command)
    {
        command.Add(model);
        foreach (var option in (Option[])[output, train, validate, test]) command.Add(option);
        BudgetOptions.All.AddTo(command);
        foreach (var option in (Option[])[recipe, trials, teacher, student, seed, threads, batch, timeLimit, shape]) command.Add(option);
    }

    /// <summary>The request, its paths made absolute. Data arguments name files in forms of their own and stay as they are.</summary>
    /// <exception cref="CompressException">CMP0101; CMP0201, CMP0202 budgets; CMP0308 shapes.</exception>
    public CompressionRequest Read(ParseResult arguments)
    {
        var budgets = BudgetOptions.All.Read(arguments);
        var given = arguments.GetValue(student);
        // A student of one's own has its size already.
        if (budgets.Count == 0 && (given is null or CompressionRequest.DerivedStudent) && !(isTuning && arguments.GetValue(recipe) is not null)) throw new UsageException("Nothing says what the model has to fit.", "Give at least one budget, for example --max-flops 40%.");
        var original = Path.GetFullPath(arguments.GetRequiredValue(model));
        var folder = Path.GetFullPath(arguments.GetRequiredValue(output)!);
        if (Path.Combine(folder, Path.GetFileName(original)) == original) throw new UsageException("The output folder is the model's own, so the original would be overwritten.", "Give another folder: the smaller model keeps the original's file name.");
        return new CompressionRequest
        {
            Model = original,
            OutputDirectory = folder,
            TrainingData = arguments.GetValue(train),
            ValidationData = arguments.GetValue(validate),
            TestData = arguments.GetValue(test),
            Budgets = budgets,
            Recipe = Absolute(arguments.GetValue(recipe)),
            Trials = arguments.GetValue(trials),
            Teachers = [.. arguments.GetValue(teacher)!.Select(name => name == CompressionRequest.OriginalTeacher ? name : Path.GetFullPath(name))],
            Student = given == CompressionRequest.DerivedStudent ? given : Absolute(given),
            Seed = arguments.GetValue(seed),
            Threads = arguments.GetValue(threads),
            Batch = arguments.GetValue(batch),
            TimeLimit = arguments.GetValue(timeLimit),
            CacheDirectory = CacheFolder.Path,
            Shapes = SharedOptions.Shapes(arguments.GetValue(shape)!) ?? new Dictionary<string, long[]>(),
        };
    }

    static string? Absolute(string? path) => path is null ? null : Path.GetFullPath(path);
}
