using System.CommandLine;
using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress evaluate</c>: how good a model file is on labelled data.</summary>
sealed class EvaluateCommand : ToolCommand
{
    readonly Argument<string> model = SharedOptions.Model();
    readonly Option<string> data = new("--data")
    {
        Description = "Labelled data: .npz, .npy pair, IDX images, CIFAR .bin files, a folder of images, .csv, or a class of your own.",
        HelpName = "DATA",
        Required = true,
    };
    readonly Option<int> batch = SharedOptions.Positive("--batch", "Samples of one run, where the model does not fix them.", 256);
    readonly Option<int> threads = SharedOptions.Threads();
    readonly PreprocessingOptions preprocessing = new();

    public EvaluateCommand(ToolConsole console)
        : base(
            console,
            "evaluate",
            "Measures a model's accuracy (or mean squared error, for real-valued targets) on labelled data in ONNX Runtime.",
            "dotnet compress evaluate model.onnx --data test.npz",
            "dotnet compress evaluate model.onnx --data \"test_batch.bin\" --mean 0.4914,0.4822,0.4465 --std 0.247,0.243,0.262 --json")
    {
        Add(model);
        foreach (var option in (Option[])[data, batch, threads]) Add(option);
        preprocessing.AddTo(this);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var path = arguments.GetRequiredValue(model);
        var source = ModelSource.FromFile(path);
        using var samples = DataSets.Open(arguments.GetRequiredValue(data), preprocessing.Read(arguments), InputOf(path));
        var result = RuntimeEvaluation.Measure(
            source,
            samples,
            arguments.GetValue(batch),
            arguments.GetValue(threads),
            output.Progress,
            cancellation);
        if (output.IsJson)
        {
            output.Json(new { Model = path, Data = samples.Source, result.Metric, result.Value, result.StandardError, result.Samples, result.TopFive });
        }
        else Print(output, path, samples, result);
        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>Shape of the model's first input, with -1 for free lengths.</summary>
    static long[] InputOf(string path)
    {
        var model = OnnxModel.Read(path);
        return InputShapes.Resolve(model, dynamicLength: -1)[InputShapes.Required(model)[0].Name];
    }

    static void Print(CommandOutput output, string path, DataSet data, EvaluationResult result)
    {
        output.Line($"{path}  on  {data.Source}");
        var table = new Table(new Column(""), new Column("", IsNumber: true), new Column(""));
        var (value, error) = result.Metric == Metric.Accuracy
            ? (Percent(result.Value), $"+- {Percent(result.StandardError)} standard error")
            : (Number(result.Value), $"+- {Number(result.StandardError)} standard error");
        table.Add(result.Metric == Metric.Accuracy ? "Accuracy" : "Mean squared error", value, error);
        if (result.TopFive is { } topFive) table.Add("Among the top 5", Percent(topFive), "");
        table.Add("Samples", result.Samples.ToString("#,0", CultureInfo.InvariantCulture), "");
        output.Table(table);
    }

    static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
