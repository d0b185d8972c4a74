using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Output;

namespace CompressTasks.Tool.Terminal;

/// <summary>
/// What one command says: results on stdout (one JSON object or text), progress and errors on stderr; in JSON mode errors too are JSON on
/// stdout.
/// </summary>
sealed class CommandOutput : IDisposable
{
    readonly ToolConsole console;
    readonly ProgressDisplay? progress;
    readonly Verbosity verbosity;

    public CommandOutput(ToolConsole console, bool isJson, Verbosity verbosity)
    {
        this.console = console;
        this.verbosity = verbosity;
        IsJson = isJson;
        progress = verbosity == Verbosity.Quiet ? null : new ProgressDisplay(console, everyEvent: verbosity == Verbosity.Detailed);
    }

    public bool IsJson { get; }

    /// <summary>For long work; safe to report to from any thread.</summary>
    public IProgress<ProgressEvent> Progress => progress is null ? NoProgress.Instance : progress;

    public void Json(object result)
    {
        progress?.Clear();
        console.Out.WriteLine(JsonText.Of(result));
    }

    public void Line(string text = "")
    {
        progress?.Clear();
        console.Out.WriteLine(text);
    }

    /// <summary>True where a person sees stderr, and wants to see more than errors.</summary>
    public bool ShowsProgress => progress is not null && console.IsErrorTerminal && !IsJson;

    /// <summary>Draws a table on stderr that changes while work is done.</summary>
    public T Live<T>(LiveTable table, Func<T> work)
    {
        progress?.Clear();
        return table.Show(console, work);
    }

    public void Table(Table table)
    {
        progress?.Clear();
        table.Write(console);
    }

    public void Error(CompressException exception)
    {
        progress?.Clear();
        if (IsJson)
        {
            console.Out.WriteLine(JsonText.Of(new { Error = new { exception.Code, exception.Message, exception.File, exception.Hint } }));
            return;
        }

        var label = console is { UseColor: true, IsErrorTerminal: true } ? $"\e[31merror {exception.Code}\e[0m" : $"error {exception.Code}";
        console.Error.WriteLine($"{label}: {exception.Message}");
        if (exception.Hint is { } hint) console.Error.WriteLine(hint);
        if (verbosity == Verbosity.Detailed && exception.InnerException is { } cause) console.Error.WriteLine(cause);
    }

    public void Dispose() => progress?.Clear();

    sealed class NoProgress : IProgress<ProgressEvent>
    {
        public static readonly NoProgress Instance = new();

        public void Report(ProgressEvent value)
        {
            // Quiet: nobody wants to know.
        }
    }
}
