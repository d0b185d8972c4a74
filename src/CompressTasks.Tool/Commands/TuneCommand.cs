using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress tune</c>: searches for the best recipe.</summary>
sealed class TuneCommand : ToolCommand
{
    /// <summary>Rows of the live table.</summary>
    const int Shown = 12;

    readonly TuneOptions options = new();

    public TuneCommand(ToolConsole console)
        : base(
            console,
            "tune",
            "Tries recipes with other values, those that did well the more, and carries out the best one. A recipe has ranges in place of the values to be tuned. The same command goes on after an interruption, and with a larger number of trials.",
            "dotnet compress tune model.onnx --train train.npz --validate valid.npz --max-flops 40% --trials 40 -o out",
            "dotnet compress tune model.onnx --recipe ranges.json --train train.npz --folds 5 --max-size 400KB -o out",
            "dotnet compress tune model.onnx --train train.npz --validate valid.npz --max-flops 40% --storage postgres://tuner@db/tuning --study digits -o out") => options.AddTo(this);

    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var (request, settings) = options.Read(arguments);
        var report = output.ShowsProgress ? WithTable(request, settings, output, cancellation) : WithLines(request, settings, output, cancellation);
        if (output.IsJson)
        {
            output.Line(report.ToJson());
            return Task.FromResult(ExitCode.Done);
        }

        var tuning = report.Tuning!;
        output.Table(ComparisonView.Table(report.Before, report.After, report.Ratios));
        output.Line();
        output.Line(tuning.ChoiceText());
        if (tuning.Importance.Count > 0)
        {
            var importance = new Table(new Column("Hyper-parameter"), new Column("Variance explained", IsNumber: true));
            foreach (var one in tuning.Importance) importance.Add(one.Parameter, Quantity.Percentage(one.Variance));
            output.Line();
            output.Table(importance);
        }

        output.Line();
        output.Line($"Model, report, {TuneRun.BestRecipe}, {TuneRun.StudyMarkdown} and {TuneRun.TrialsCsv} are in {request.OutputDirectory}.");
        return Task.FromResult(ExitCode.Done);
    }

    static CompressionReport WithTable(CompressionRequest request, TuningSettings settings, CommandOutput output, CancellationToken cancellation)
    {
        var table = new LiveTable(TuneView.Headers, "Trial", "Error", "Epochs", "Seconds");
        var (gate, trials) = (new Lock(), new Dictionary<int, TrialReport>());
        return output.Live(table, () => TuneRun.Execute(
            request,
            settings,
            table,
            trial =>
            {
                lock (gate)
                {
                    trials[trial.Number] = trial;
                    table.Show([.. TuneView.BestAndNewest(trials.Values, Shown).Select(TuneView.Row)]);
                }
            },
            cancellation));
    }

    static CompressionReport WithLines(CompressionRequest request, TuningSettings settings, CommandOutput output, CancellationToken cancellation) => TuneRun.Execute(
        request,
        settings,
        output.Progress,
        trial => output.Progress.Report(new ProgressEvent("tune", trial.ToString(), Math.Min(1, (trial.Number + 1.0) / settings.Trials))),
        cancellation);
}
