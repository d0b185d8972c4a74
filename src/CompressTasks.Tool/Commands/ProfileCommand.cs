using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress profile</c>: size, counts, latency, memory and where the time goes.</summary>
sealed class ProfileCommand : ToolCommand
{
    readonly Argument<string> model = SharedOptions.Model();
    readonly Option<string?> compare = SharedOptions.Text("--compare", "A second model, measured in alternation with the first.", "OTHER.onnx");
    readonly Option<string[]> shape = SharedOptions.Shape();
    readonly Option<int> threads = SharedOptions.Threads();
    readonly Option<int?> runs = SharedOptions.PositiveOrNone(
        "--runs",
        "Measured runs; otherwise 50, or more where they are cheap and fewer where they are slow.");
    readonly Option<bool> layers = new("--layers") { Description = "Print every layer (--json always has them)." };

    public ProfileCommand(ToolConsole console)
        : base(
            console,
            "profile",
            "Measures a model: size, parameters, MACs, FLOPs (2 x MACs), latency in ONNX Runtime and peak memory.",
            "dotnet compress profile model.onnx",
            "dotnet compress profile model.onnx --shape input=8x3x224x224 --layers",
            "dotnet compress profile original.onnx --compare smaller.onnx --json")
    {
        Add(model);
        foreach (var option in (Option[])[compare, shape, threads, runs, layers]) Add(option);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var options = new ProfileOptions
        {
            Latency = new LatencyOptions
            {
                Shapes = SharedOptions.Shapes(arguments.GetValue(shape)!),
                Threads = arguments.GetValue(threads),
                Runs = arguments.GetValue(runs),
                CacheFolder = CacheFolder.Path,
            },
            NodeTimes = output.IsJson || arguments.GetValue(layers),
            Progress = new MeasuringProgress(output.Progress),
        };
        var path = arguments.GetRequiredValue(model);
        if (arguments.GetValue(compare) is { } other)
        {
            var comparison = ModelProfiler.Compare(path, other, options, cancellation);
            if (output.IsJson) output.Json(comparison);
            else ProfileView.Print(output, comparison, arguments.GetValue(layers));
        }
        else
        {
            var profile = ModelProfiler.Measure(path, options, cancellation);
            if (output.IsJson) output.Json(profile);
            else ProfileView.Print(output, profile, arguments.GetValue(layers));
        }

        return Task.FromResult(ExitCode.Done);
    }

    /// <summary>Reported at once; the framework's Progress class would post to another thread and come too late.</summary>
    sealed class MeasuringProgress(IProgress<ProgressEvent> progress) : IProgress<string>
    {
        public void Report(string value) => progress.Report(new ProgressEvent("Profile", "measuring " + value, null));
    }
}
