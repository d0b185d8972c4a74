using System.CommandLine;
using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress sweep</c>: quality against the degree of pruning.</summary>
sealed class SweepCommand : ToolCommand
{
    readonly SweepOptions options = new();

    public SweepCommand(ToolConsole console)
        : base(
            console,
            "sweep",
            "Prunes a model to several degrees by several criteria and shows what is left of its quality, before and after recovery, as tables and chart. The same command goes on after an interruption.",
            "dotnet compress sweep model.onnx --sparsity 0,0.5,0.8,0.9 --criterion l2,taylor --train train.npz --validate valid.npz -o sweep",
            "dotnet compress sweep model.onnx --granularity weight --criterion l1,random --validate valid.npz -o sweep") => options.AddTo(this);

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var request = options.Read(arguments);
        var report = SweepRun.Execute(request, output.Progress, cancellation);
        if (output.IsJson)
        {
            output.Json(report);
            return Task.FromResult(ExitCode.Done);
        }

        var table = new Table(
            new Column("Criterion"),
            new Column("Asked", IsNumber: true),
            new Column("Gone", IsNumber: true),
            new Column("MACs", IsNumber: true),
            new Column("Not zero", IsNumber: true),
            new Column("Size", IsNumber: true),
            new Column("Before recovery", IsNumber: true),
            new Column("After", IsNumber: true));
        foreach (var point in report.Points)
        {
            table.Add(
                point.Criterion,
                Quantity.Percentage(point.Asked),
                Quantity.Percentage(point.Achieved),
                Quantity.Count(point.Macs),
                Quantity.Count(point.NonZero),
                Quantity.Bytes(point.SizeBytes),
                QualityText.Value(point.BeforeRecovery),
                point.AfterRecovery is { } after ? QualityText.Value(after) : "");
        }

        output.Table(table);
        output.Line($"The original: {QualityText.Value(report.Original)}. Tables and chart are in {request.OutputDirectory}.");
        return Task.FromResult(ExitCode.Done);
    }
}
