using System.CommandLine;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress train</c>: trains a network, new or given, on labelled data.</summary>
sealed class TrainCommand : ToolCommand
{
    readonly TrainOptions options = new();

    public TrainCommand(ToolConsole console)
        : base(
            console,
            "train",
            "Trains a new network or a model on labelled data; the same command goes on after an interruption.",
            "dotnet compress train --network lenet-5 --train train.npz --validate valid.npz -o lenet5.onnx",
            "dotnet compress train model.onnx --train train.npz --epochs 5 --learning-rate 0.01 --augment flip,shift=4 -o better.onnx") => options.AddTo(this);

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var asked = options.Read(arguments);
        var threads = TorchThreads.Use(asked.Threads);
        var given = asked.Model is { } file ? OnnxModel.Read(file) : null;
        var input = given is null ? null : InputShapes.Resolve(given, dynamicLength: -1)[InputShapes.Required(given)[0].Name];
        using var training = DataSets.Open(asked.Training, asked.Preprocessing, input);
        using var validation = asked.Validation is { } name ? DataSets.Open(name, asked.Preprocessing, input) : null;
        training.EnsureSameClasses(validation);
        var model = given ?? asked.Network!.Build(training, asked.Recipe.Seed, asked.Width, asked.Stride);
        ModelChecker.Check(model);
        Simplification.Apply(model);

        var result = Train(asked, model, training, validation, output, cancellation);
        new TrainingEnding(asked.Output, asked.Checkpoint, asked.Recipe, asked.Preprocessing, threads).Finish(model, result, training, validation, output, cancellation);
        return Task.FromResult(ExitCode.Done);
    }

    static TrainingResult Train(
        TrainArguments asked, OnnxModel model, DataSet training, DataSet? validation, CommandOutput output, CancellationToken cancellation)
    {
        using var module = new GraphModule(model);
        if (module.RuntimeNote is { } note) output.Progress.Report(new ProgressEvent("Train", note, 0));
        var shape = InputShapes.Resolve(model, dynamicLength: -1)[InputShapes.Required(model)[0].Name];
        var trainer = new Trainer(module, asked.Recipe)
        {
            Outputs = ModelOutput.KindOf(model),
            CheckpointPath = asked.Checkpoint,
            Progress = new EpochProgress("Train", output.Progress),
        };
        var result = trainer.Train(training.EnsureFits(shape), validation?.EnsureFits(shape), cancellation);
        module.WriteBack();
        return result;
    }
}
