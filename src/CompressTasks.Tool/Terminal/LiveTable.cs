using CompressTasks.Pipeline;
using Spectre.Console;

namespace CompressTasks.Tool.Terminal;

/// <summary>A table on stderr that is drawn anew while work is done, with a line under it that says what is going on.</summary>
/// <param name="headers">Of the columns; those whose name is in <paramref name="numbers"/> stand at the right.</param>
sealed class LiveTable(string[] headers, params string[] numbers) : IProgress<ProgressEvent>
{
    readonly Lock gate = new();
    IReadOnlyList<string[]> rows = [];
    string caption = "";
    LiveDisplayContext? context;

    /// <summary>Replaces the rows.</summary>
    public void Show(IReadOnlyList<string[]> newRows)
    {
        lock (gate)
        {
            rows = newRows;
            Draw();
        }
    }

    public void Report(ProgressEvent value)
    {
        lock (gate)
        {
            caption = $"{value.Stage}  {value.Message}";
            Draw();
        }
    }

    /// <summary>Shows the table for as long as the work takes.</summary>
    public T Show<T>(ToolConsole console, Func<T> work)
    {
        var ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = console.UseColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(console.Error),
        });
        ansi.Profile.Width = console.Width;
        return ansi.Live(Render()).Start(live =>
        {
            lock (gate) context = live;
            return work();
        });
    }

    void Draw()
    {
        context?.UpdateTarget(Render());
        context?.Refresh();
    }

    Spectre.Console.Table Render()
    {
        var table = new Spectre.Console.Table { Border = TableBorder.Simple, Caption = new TableTitle(Markup.Escape(caption)) };
        foreach (var header in headers) table.AddColumn(new TableColumn(new Text(header, new Style(decoration: Decoration.Bold))) { Alignment = numbers.Contains(header) ? Justify.Right : Justify.Left });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        return table;
    }
}
