using System.CommandLine;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress distill</c>: trains a student to answer as one or several teachers do.</summary>
sealed class DistillCommand : ToolCommand
{
    readonly DistillOptions options = new();

    public DistillCommand(ToolConsole console)
        : base(
            console,
            "distill",
            "Trains a small network to answer as larger ones do, with labels or without; the same command goes on after an interruption.",
            "dotnet compress distill big.onnx --student small.onnx --train train.npz --validate valid.npz -o taught.onnx",
            "dotnet compress distill a.onnx b.onnx --student small.onnx --fresh --train \"train.npz?labels=none\" --temperature 2 --features auto,attention -o taught.onnx") => options.AddTo(this);

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var asked = options.Read(arguments);
        var threads = TorchThreads.Use(asked.Threads);
        var student = OnnxModel.Read(asked.Student);
        ModelChecker.Check(student);
        Simplification.Apply(student);
        if (asked.Fresh) FreshWeights.Apply(student, asked.Recipe.Seed);
        OnnxModel[] teachers = [.. asked.Teachers.Select(file => TeacherFile.Read(file, student))];
        var input = InputShapes.Resolve(student, dynamicLength: -1)[InputShapes.Required(student)[0].Name];
        using var training = DataSets.Open(asked.Training, asked.Preprocessing, input);
        using var validation = asked.Validation is { } name ? DataSets.Open(name, asked.Preprocessing, input) : null;
        training.EnsureSameClasses(validation);

        var result = Train(asked, student, teachers, training.EnsureFits(input), validation?.EnsureFits(input), output, cancellation);
        new TrainingEnding(asked.Output, asked.Checkpoint, asked.Recipe, asked.Preprocessing, threads) { Teachers = asked.Teachers }.Finish(student, result, training, validation, output, cancellation);
        return Task.FromResult(ExitCode.Done);
    }

    static TrainingResult Train(
        DistillArguments asked, OnnxModel student, OnnxModel[] models, DataSet training, DataSet? validation, CommandOutput output, CancellationToken cancellation)
    {
        using var module = new GraphModule(student);
        if (module.RuntimeNote is { } note) output.Progress.Report(new ProgressEvent("Distill", note, 0));
        GraphTeacher[] teachers = [.. models.Select(model => new GraphTeacher(model, asked.Distillation.TeacherRuntime))];
        try
        {
            var result = new Trainer(module, asked.Recipe)
            {
                Outputs = ModelOutput.KindOf(student),
                Distillation = new Distillation(asked.Distillation, teachers) { Cache = TeacherFile.AnswersIn(CacheFolder.Path) },
                CheckpointPath = asked.Checkpoint,
                Progress = new EpochProgress("Distill", output.Progress),
            }.Train(training, validation, cancellation);
            module.WriteBack();
            return result;
        }
        finally
        {
            foreach (var teacher in teachers) teacher.Dispose();
        }
    }
}
