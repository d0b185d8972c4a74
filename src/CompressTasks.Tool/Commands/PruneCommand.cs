using System.CommandLine;
using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress prune</c>: removes channels, heads or blocks of layers, or sets weights to zero, until cost budgets are kept; trains only where it is asked to.</summary>
sealed class PruneCommand : ToolCommand
{
    readonly PruneOptions options = new();

    public PruneCommand(ToolConsole console)
        : base(
            console,
            "prune",
            "Removes channels, neurons, heads or whole blocks of layers, or sets weights to zero, until a model keeps its cost budgets. Needs no data, and trains only with --epochs.",
            "dotnet compress prune model.onnx --max-macs 50% -o smaller.onnx",
            "dotnet compress prune model.onnx --max-size 400KB --criterion taylor --data train.npz --round-to 8 -o smaller.onnx",
            "dotnet compress prune model.onnx --granularity weight --sparsity 0.9 -o sparse.onnx",
            "dotnet compress prune model.onnx --granularity weight --sparsity 0.95 --schedule cubic --steps 20 --epochs 10 --data train.npz -o sparse.onnx",
            "dotnet compress prune --list")
    {
        options.AddTo(this);
        Add(new ListOption(console, Json));
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var asked = options.Read(arguments);
        var report = PruningRun.Execute(
            new PruningRequest
            {
                Model = asked.Model,
                Output = asked.Output,
                Budgets = asked.Budgets,
                Stage = asked.Stage,
                Data = asked.Data,
                Preprocessing = asked.Preprocessing,
                Seed = asked.Seed,
                Threads = asked.Threads,
                Trains = asked.Trains,
                Shapes = asked.Shapes ?? new Dictionary<string, long[]>(),
                CacheDirectory = CacheFolder.Path,
            },
            output.Progress,
            cancellation);
        if (output.IsJson) output.Json(report);
        else Print(output, report);
        return Task.FromResult(ExitCode.Done);
    }

    static void Print(CommandOutput output, SparsityReport sparsity, double latency)
    {
        output.Line(FormattableString.Invariant($"{sparsity.Kept} of {sparsity.Weights} weights stay ({Quantity.Percentage(sparsity.Weights == 0 ? 1 : (double)sparsity.Kept / sparsity.Weights)})."));
        output.Line($"{Quantity.Bytes(sparsity.SizeBytes)} as written ({Quantity.Bytes(sparsity.ZippedBytes)} in gzip); {Quantity.Bytes(sparsity.DenseBytes)} with every weight stored ({Quantity.Bytes(sparsity.DenseZippedBytes)} in gzip).");
        output.Line($"{SparsityReport.Latency} Measured: {Quantity.Percentage(latency)} of the original's time.");
        output.Line();
    }

    static void Print(CommandOutput output, PruningReport report)
    {
        var layers = new Table(new Column("Layer"), new Column("Operator"), new Column("Before", IsNumber: true), new Column("After", IsNumber: true), new Column("Note"));
        foreach (var layer in report.Layers)
        {
            layers.Add(layer.Name, layer.Operator, layer.Before.ToString(CultureInfo.InvariantCulture), layer.After.ToString(CultureInfo.InvariantCulture), layer.Note);
        }

        output.Table(layers);
        output.Line();
        output.Table(ComparisonView.Table(report.Before, report.After, report.Ratios));
        output.Line();
        if (report.Sparsity is { } sparsity) Print(output, sparsity, report.Ratios.Latency);
        output.Line($"Written to {report.Output}.");
    }
}
