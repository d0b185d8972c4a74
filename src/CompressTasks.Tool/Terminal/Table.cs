using Spectre.Console;
using Spectre.Console.Rendering;

namespace CompressTasks.Tool.Terminal;

/// <summary>A column of a table; numbers stand at the right.</summary>
sealed record Column(string Header, bool IsNumber = false);

/// <summary>Rows of text, drawn with rules on a terminal and as aligned plain text elsewhere.</summary>
sealed class Table(params Column[] columns)
{
    const int Gap = 2;
    readonly List<string[]> rows = [];

    public void Add(params string[] cells) => rows.Add(cells);

    public void Write(ToolConsole console)
    {
        if (console.IsOutTerminal) Draw(console);
        else WritePlain(console.Out);
    }

    void Draw(ToolConsole console)
    {
        var ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = console.UseColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(console.Out),
        });
        ansi.Profile.Width = console.Width;
        var table = new Spectre.Console.Table { Border = TableBorder.Simple, ShowHeaders = columns.Any(column => column.Header.Length > 0) };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column.Header, new Style(decoration: Decoration.Bold)))
            {
                NoWrap = column.IsNumber,
                Alignment = column.IsNumber ? Justify.Right : Justify.Left,
            });
        }

        foreach (var row in rows) table.AddRow(row.Select(cell => (IRenderable)new Text(cell)));
        ansi.Write(table);
    }

    void WritePlain(TextWriter output)
    {
        var widths = columns.Select((column, i) => Math.Max(column.Header.Length, rows.Count == 0 ? 0 : rows.Max(row => row[i].Length))).ToArray();
        if (columns.Any(column => column.Header.Length > 0)) WriteRow([.. columns.Select(column => column.Header)]);
        foreach (var row in rows) WriteRow(row);

        void WriteRow(string[] cells) => output.WriteLine(string.Join(
            new string(' ', Gap),
            cells.Select((cell, i) => columns[i].IsNumber ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
    }
}
