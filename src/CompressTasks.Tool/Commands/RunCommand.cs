using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress run</c>: what a build does, from the command line.</summary>
sealed class RunCommand : ToolCommand
{
    readonly RunOptions options = new();

    public RunCommand(ToolConsole console)
        : base(
            console,
            "run",
            "Compresses a model to its budgets: cuts it, trains it to answer as before, verifies and reports. The same command goes on after an interruption.",
            "dotnet compress run model.onnx --train train.npz --validate valid.npz --max-flops 40% --max-accuracy-drop 1% -o out",
            "dotnet compress run model.onnx --student auto --max-macs 10% --train train.npz --validate valid.npz -o out",
            "dotnet compress run model.onnx --max-size 400KB -o out --json") => options.AddTo(this);

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var request = options.Read(arguments);
        var report = CompressionRun.Execute(request, output.Progress, cancellation);
        if (output.IsJson)
        {
            output.Line(report.ToJson());
            return Task.FromResult(ExitCode.Done);
        }

        output.Table(ComparisonView.Table(report.Before, report.After, report.Ratios));
        output.Line();
        if (report.Student is { } student)
        {
            output.Line($"Student {student.Source}: {student.Why}.");
            output.Line();
        }

        if (report.Budgets.Count > 0)
        {
            output.Table(Budgets(report));
            output.Line();
        }

        output.Line($"Written to {request.OutputDirectory}.");
        return Task.FromResult(ExitCode.Done);
    }

    static Table Budgets(CompressionReport report)
    {
        var budgets = new Table(new Column("Budget"), new Column("Asked", IsNumber: true), new Column("Limit", IsNumber: true), new Column("Measured", IsNumber: true), new Column("Kept"));
        foreach (var budget in report.Budgets)
        {
            var kind = Enum.Parse<BudgetKind>(budget.Kind);
            budgets.Add(budget.Kind, budget.Asked, Quantity.Of(kind, budget.Limit), Quantity.Of(kind, budget.Measured), budget.Met ? "yes" : "no");
        }

        return budgets;
    }
}
