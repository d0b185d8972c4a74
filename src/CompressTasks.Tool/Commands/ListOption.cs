using System.CommandLine;
using System.CommandLine.Invocation;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Commands;

/// <summary>Prints what can be asked for, and asks for nothing else.</summary>
sealed class ListOption : Option<bool>
{
    public ListOption(ToolConsole console, Option<bool> json)
        : base("--list")
    {
        Description = "Print every granularity, criterion, distribution, schedule, regrowth and compensation by its name.";
        Action = new Print(console, json);
    }

    sealed class Print(ToolConsole console, Option<bool> json) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            using var output = new CommandOutput(console, parseResult.GetValue(json), CommandLine.Verbosity.Quiet);
            if (output.IsJson)
            {
                output.Json(PruningMethods.All);
                return ExitCode.Done;
            }

            var table = new Table(new Column("Setting"), new Column("Name"), new Column(""));
            foreach (var method in PruningMethods.All) table.Add(method.Setting, method.Name, method.About);
            output.Table(table);
            output.Line();
            output.Line("docs/recipes.md tells what each does and what goes with what.");
            return ExitCode.Done;
        }
    }
}
