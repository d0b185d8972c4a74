using System.CommandLine;
using System.Globalization;
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
        Provenance.DescribeData(model, training, asked.Preprocessing);
        var size = model.Write(asked.Output);
        File.Delete(asked.Checkpoint);
        // What is reported is measured on the written file.
        var quality = validation is null
            ? null
            : RuntimeEvaluation.Measure(asked.Output, validation, asked.Recipe.BatchSize, threads, ModelOutput.KindOf(model), output.Progress, cancellation);
        if (output.IsJson)
        {
            output.Json(new
            {
                Model = asked.Output,
                SizeBytes = size,
                asked.Recipe.Seed,
                Threads = threads,
                asked.Recipe.Precision,
                result.SamplesPerSecond,
                result.BestEpoch,
                result.StoppedEarly,
                Validation = quality is null ? null : new { quality.Metric, quality.Value, quality.StandardError, quality.Samples },
                Epochs = result.History,
            });
        }
        else
        {
            Print(output, asked.Output, result, size, quality);
        }

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

    /// <summary>The epochs, and what came out in <paramref name="file"/>.</summary>
    internal static void Print(CommandOutput output, string file, TrainingResult result, long size, EvaluationResult? quality)
    {
        var metric = result.ValidationMetric;
        string[] headers = ["Epoch", "Loss", .. metric is { } measured ? [MetricTitle.Of(measured)] : Array.Empty<string>(), "Rate", "Time"];
        var table = new Table([.. headers.Select(header => new Column(header, IsNumber: true))]);
        foreach (var epoch in result.History)
        {
            table.Add(
            [
                // Every row has the column that marks the best one, so that the numbers stay below each other.
                epoch.Epoch.ToString(CultureInfo.InvariantCulture) + (epoch.Epoch == result.BestEpoch ? " *" : "  "),
                epoch.Loss.ToString("0.0000", CultureInfo.InvariantCulture),
                .. metric is { } of && epoch.Validation is { } value ? [of.Text(value)] : Array.Empty<string>(),
                epoch.LearningRate.ToString("0.#####", CultureInfo.InvariantCulture),
                Quantity.Milliseconds(1000 * epoch.Seconds),
            ]);
        }

        output.Table(table);
        output.Line($"{file}  {Quantity.Bytes(size)}, {result.SamplesPerSecond.ToString("#,0", CultureInfo.InvariantCulture)} samples/s");
        if (quality is not null)
        {
            var samples = quality.Samples.ToString("#,0", CultureInfo.InvariantCulture);
            output.Line($"{MetricTitle.Of(quality.Metric)} {quality.Metric.Text(quality.Value)} on {samples} validation samples, in ONNX Runtime.");
        }
    }

    /// <summary>The trainer's progress as one line.</summary>
    internal sealed class EpochProgress(string stage, IProgress<ProgressEvent> progress) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var done = (value.Epoch - 1 + ((double)value.Step / value.Steps)) / value.Epochs;
            var message = value.Message ?? string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {value.Epoch} of {value.Epochs}, loss {value.Loss:0.0000}, {value.SamplesPerSecond:#,0} samples/s, {value.Left:h\\:mm\\:ss} left");
            progress.Report(new ProgressEvent(stage, message, done));
        }
    }
}
