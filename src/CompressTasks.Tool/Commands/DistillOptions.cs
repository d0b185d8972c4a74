using System.CommandLine;
using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>What <c>compress distill</c> is asked for.</summary>
/// <param name="Fresh">Whether the student's weights are drawn anew.</param>
/// <param name="Checkpoint">Written while training, and where the same command goes on after an interruption.</param>
sealed record DistillArguments(
    IReadOnlyList<string> Teachers, string Student, bool Fresh, string Output, string Training, string? Validation, Preprocessing Preprocessing, TrainingRecipe Recipe, DistillationRecipe Distillation, int? Threads, string Checkpoint);

/// <summary>The command line of <c>compress distill</c>.</summary>
sealed class DistillOptions
{
    static readonly DistillationRecipe Defaults = new();

    readonly Argument<string[]> teachers = new("TEACHER") { Description = "ONNX models to learn from, or checkpoints of a training of the student's graph; none with --mutual only.", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<string> student = new("--student") { Description = "The ONNX model that learns; one that is derived (auto) is made by compress run.", HelpName = "STUDENT.onnx", Required = true };
    readonly Option<bool> fresh = new("--fresh") { Description = "Draw the student's weights anew, by --seed." };
    readonly Option<string?> output = SharedOptions.Output("The trained student.", isRequired: true);
    readonly Option<string> train = new("--train") { Description = "Data to learn on; labels, where there are some, count with 1 - alpha.", HelpName = "DATA", Required = true };
    readonly Option<string?> validate = SharedOptions.Text("--validate", "Held-back data: measured after each epoch, the best epoch is kept.", "DATA");
    readonly Option<double> temperature = Number("--temperature", "Divides the logits of teachers and student.", Defaults.Temperature);
    readonly Option<double> alpha = Number("--alpha", "The teachers' part of the loss, 0 to 1; 1 without labels.", Defaults.Alpha);
    readonly Option<double?> alphaEnd = new("--alpha-end") { Description = "What alpha has become at the end; it stays unless given.", HelpName = "X" };
    readonly Option<DistillationMethod> method = Choice.Of("--method", "How probabilities are compared.", Defaults.Method);
    readonly Option<double> targetWeight = Number("--target-weight", "Of decoupled: weight of the label's class.", Defaults.TargetWeight);
    readonly Option<double> nonTargetWeight = Number("--non-target-weight", "Of decoupled: weight of the other classes.", Defaults.NonTargetWeight);
    readonly Option<TeacherMixture> mixture = Choice.Of("--teachers", "How several teachers speak with one voice.", Defaults.Teachers);
    readonly Option<string?> teacherWeights = SharedOptions.Text("--teacher-weights", "Of weighted: one number for each teacher, such as 2,1.", "LIST");
    readonly Option<TeacherRuntime> teacherRuntime = Choice.Of("--teacher-runtime", "Where teachers run.", Defaults.TeacherRuntime);
    readonly Option<string[]> features = new("--features")
    {
        Description = "Values inside that are to be alike: auto or STUDENT,TEACHER, then values or attention, then a weight, as in auto,attention,0.5. May be repeated.",
        HelpName = "PAIR",
        DefaultValueFactory = _ => [],
    };
    readonly Option<bool> mutual = new("--mutual") { Description = "Train students of the same architecture that learn from each other; the first is written." };
    readonly Option<int> peers = SharedOptions.Positive("--peers", "Of mutual: students beside the first.", Defaults.Peers);
    readonly RecipeOptions recipe = new();
    readonly Option<int?> threads = SharedOptions.PositiveOrNone("--threads", "Threads; one per physical core unless given.");
    readonly Option<string?> checkpoint = SharedOptions.Text("--checkpoint", "Where the state is kept for going on after an interruption; beside the output unless given.", "FILE");
    readonly PreprocessingOptions preprocessing = new();

    public void AddTo(Command command)
    {
        command.Add(teachers);
        foreach (var option in (Option[])[
            student, fresh, output, train, validate, temperature, alpha, alphaEnd, method, targetWeight, nonTargetWeight, mixture, teacherWeights, teacherRuntime, features, mutual, peers, threads, checkpoint])
        {
            command.Add(option);
        }

        recipe.AddTo(command);
        preprocessing.AddTo(command);
    }

    /// <exception cref="CompressException">CMP0101 contradicting options; CMP0120 a value out of its range.</exception>
    public DistillArguments Read(ParseResult arguments)
    {
        if (arguments.GetValue(student) == CompressionRequest.DerivedStudent)
        {
            var teacher = arguments.GetValue(teachers) is [var first, ..] ? first : "MODEL";
            throw new UsageException("A student that is derived is made by 'compress run', which knows how small it has to be.", $"Use 'compress run {teacher} --student auto --max-macs 10% --train DATA -o FOLDER', or name an ONNX file.");
        }

        string[] files = [.. arguments.GetValue(teachers)!.Select(Path.GetFullPath)];
        if (files.Length == 0 && !arguments.GetValue(mutual)) throw new UsageException("Nothing says what to learn from.", "Give a TEACHER, or --mutual for students that learn from each other.");
        var distillation = new DistillationRecipe
        {
            Temperature = arguments.GetValue(temperature),
            Alpha = arguments.GetValue(alpha),
            AlphaEnd = arguments.GetValue(alphaEnd),
            Method = arguments.GetValue(method),
            TargetWeight = arguments.GetValue(targetWeight),
            NonTargetWeight = arguments.GetValue(nonTargetWeight),
            Teachers = arguments.GetValue(mixture),
            TeacherWeights = arguments.GetValue(teacherWeights)?.Split(',').Select(Weight).ToArray(),
            TeacherRuntime = arguments.GetValue(teacherRuntime),
            Features = arguments.GetValue(features) is { Length: > 0 } pairs ? [.. pairs.Select(Pair)] : null,
            Mutual = arguments.GetValue(mutual),
            Peers = arguments.GetValue(peers),
        };
        distillation.Validate();
        distillation.EnsureFits(labels: null, files.Length);
        var target = Path.GetFullPath(arguments.GetRequiredValue(output)!);
        var state = arguments.GetValue(checkpoint) ?? target + ".checkpoint";
        RefuseSame(files, target, "-o");
        RefuseSame(files, Path.GetFullPath(state), "--checkpoint");
        return new DistillArguments(
            files, arguments.GetRequiredValue(student), arguments.GetValue(fresh), target, arguments.GetRequiredValue(train), arguments.GetValue(validate), preprocessing.Read(arguments), recipe.Read(arguments), distillation, arguments.GetValue(threads), state);
    }

    /// <summary>A teacher that is written to, or taken for this training's own state, would be lost.</summary>
    static void RefuseSame(string[] teachers, string written, string option)
    {
        var paths = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        if (teachers.FirstOrDefault(teacher => teacher.Equals(written, paths)) is { } same) throw new UsageException($"The teacher '{same}' would be overwritten.", $"Choose another file by {option}, or copy the teacher first.");
    }

    /// <summary>From the end: perhaps a weight, perhaps a kind, then the names, which may be numbers too.</summary>
    static FeaturePair Pair(string text)
    {
        var parts = new Stack<string>(text.Split(',', StringSplitOptions.TrimEntries));
        var pair = new FeaturePair();
        var mayHaveWeight = parts.Count > 2 || (parts.Count == 2 && parts.Last() == FeaturePair.Automatic);
        if (mayHaveWeight && double.TryParse(parts.Peek(), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight))
        {
            pair = pair with { Weight = weight };
            parts.Pop();
        }

        if (parts.Count > 1 && Choice.Parse<FeatureKind>(parts.Peek()) is { } kind)
        {
            pair = pair with { Kind = kind };
            parts.Pop();
        }

        return parts.Reverse().ToArray() switch
        {
            [FeaturePair.Automatic] => pair,
            [var own, var theirs] => pair with { Student = own, Teacher = theirs },
            _ => throw new UsageException($"--features does not know '{text}'.", "Write for example auto, auto,attention,0.5 or student_value,teacher_value."),
        };
    }

    static double Weight(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
        ? weight
        : throw new UsageException($"--teacher-weights does not know '{text}'.", "Write one number for each teacher, such as 2,1.");

    static Option<double> Number(string name, string description, double value) => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };
}
