using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace CompressTasks.Tool.CommandLine;

/// <summary>The usual help page, followed by the command's examples or, for the whole tool, by the exit codes.</summary>
sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is ToolCommand command)
        {
            output.WriteLine("Examples:");
            foreach (var example in command.Examples) output.WriteLine("  " + example);
        }
        else
        {
            output.WriteLine("Exit codes:");
            output.WriteLine("  0 done, 1 failed, 2 bad usage, 3 budget not met, 130 cancelled");
        }

        return result;
    }
}
