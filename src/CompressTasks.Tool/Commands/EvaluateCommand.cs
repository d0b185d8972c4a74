using System.CommandLine;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress evaluate</c>: how good a model file is on labelled data, and how far it agrees with another one.</summary>
sealed class EvaluateCommand : ToolCommand
{
    readonly Argument<string> model = SharedOptions.Model();
    readonly Option<string> data = new("--data")
    {
        Description = "Data: .npz, .npy pair, IDX images, CIFAR .bin files, a folder of images, .csv, or a class of your own. Labelled, unless there is a teacher.",
        HelpName = "DATA",
        Required = true,
    };
    readonly Option<string?> teacher = SharedOptions.Text("--teacher", "Another model, to count how often both decide alike.", "MODEL");
    readonly Option<string?> confusion = SharedOptions.Text("--confusion", "Write who was taken for whom: a row for each class, a column for each answer.", "FILE.csv");
    readonly Option<int> batch = SharedOptions.Positive("--batch", "Samples of one run, where the model does not fix them.", 256);
    readonly Option<int> threads = SharedOptions.Threads();
    readonly PreprocessingOptions preprocessing = new();

    public EvaluateCommand(ToolConsole console)
        : base(
            console,
            "evaluate",
            "Measures in ONNX Runtime how good a model is on labelled data: accuracy, F1, mean IoU or squared error, by what the labels are, and each class.",
            "dotnet compress evaluate model.onnx --data test.npz",
            "dotnet compress evaluate small.onnx --data test.npz --teacher big.onnx --confusion confusion.csv",
            "dotnet compress evaluate model.onnx --data \"test_batch.bin\" --mean 0.4914,0.4822,0.4465 --std 0.247,0.243,0.262 --json")
    {
        Add(model);
        foreach (var option in (Option[])[data, teacher, confusion, batch, threads]) Add(option);
        preprocessing.AddTo(this);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var path = arguments.GetRequiredValue(model);
        var read = OnnxModel.Read(path);
        var asked = preprocessing.Read(arguments);
        var own = asked == Preprocessing.Default ? Provenance.PreprocessingOf(read) : null;
        var source = arguments.GetRequiredValue(data);
        using var samples = DataSets.Open(source, own ?? asked, InputOf(read));
        var file = arguments.GetValue(confusion);
        if (file is not null && samples.Labels is not (LabelKind.Classes or LabelKind.PixelClasses)) throw NoConfusion();
        var (size, parallel, kind) = (arguments.GetValue(batch), arguments.GetValue(threads), ModelOutput.KindOf(read));
        var other = arguments.GetValue(teacher);
        var details = other is not null && !samples.HasLabels
            ? null
            : RuntimeEvaluation.Details(path, samples, size, parallel, kind, output.Progress, cancellation);
        var (agreement, ofTeacher) = other is null ? default : Agreement(other);
        var names = samples.ClassNames ?? Provenance.ClassesOf(read);
        if (file is not null) Write(file, ConfusionTable.Csv(details?.Confusion ?? throw NoConfusion(), names));
        var view = new EvaluationView(path, samples.Source, details, names)
        {
            Agreement = agreement is null ? null : (other!, agreement),
            FromModel = own,
            FromTeacher = ofTeacher,
        };
        if (output.IsJson) output.Json(view.Json());
        else view.Print(output);
        return Task.FromResult(ExitCode.Done);

        // Each model sees the samples as its own metadata says, unless the command line says it for both.
        (EvaluationResult, Preprocessing?) Agreement(string file)
        {
            var teaching = OnnxModel.Read(file);
            var its = asked == Preprocessing.Default ? Provenance.PreprocessingOf(teaching) : null;
            var isAlike = its is null || its.AppliedTo(samples).ToJson() == (own ?? asked).AppliedTo(samples).ToJson();
            using var seen = isAlike ? null : DataSets.Open(source, its!, InputOf(teaching));
            return (RuntimeEvaluation.Agreement(path, file, samples, size, parallel, (kind, ModelOutput.KindOf(teaching)), seen, output.Progress, cancellation), isAlike ? null : its);
        }
    }

    static void Write(string file, string table)
    {
        try
        {
            FileReplacement.WriteText(file, table);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(ModelException.NotWritten, $"The table '{file}' cannot be written: {exception.Message}", file, "Choose another file, or make its folder writable.", exception);
        }
    }

    static UsageException NoConfusion() => new(
        "--confusion needs one class for each sample or pixel.",
        $"It is written for {EvaluationDetails.MostClassesConfused} classes at most.");

    /// <summary>Shape of the model's first input, with -1 for free lengths.</summary>
    static long[] InputOf(OnnxModel model) => InputShapes.Resolve(model, dynamicLength: -1)[InputShapes.Required(model)[0].Name];
}
