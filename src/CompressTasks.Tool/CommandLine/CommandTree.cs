using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using CompressTasks.Tool.Commands;
using CompressTasks.Tool.Terminal;
using CompressTasks.Tool.Worker;

namespace CompressTasks.Tool.CommandLine;

/// <summary>All commands of <c>dotnet compress</c>, and how a command line becomes an exit code.</summary>
static class CommandTree
{
    public const string JsonOption = "--json";
    const string Name = "dotnet-compress";

    /// <summary>After Ctrl-C a command has this long to leave a resumable state behind before the process ends.</summary>
    static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The registered commands, in the order of the help page.</summary>
    static IEnumerable<Command> Commands(ToolConsole console) =>
    [
        new RunCommand(console),
        new ProfileCommand(console),
        new PruneCommand(console),
        new SweepCommand(console),
        new TuneCommand(console),
        new TrainCommand(console),
        new DistillCommand(console),
        new EvaluateCommand(console),
        new DoctorCommand(console),
        new WorkerCommand(console),
    ];

    public static async Task<int> RunAsync(string[] arguments, ToolConsole console, CancellationToken cancellation = default)
    {
        var root = Root(console);
        // No arguments is a question, not a mistake; response files would give an @ in a path a second meaning.
        var result = root.Parse(arguments.Length == 0 ? ["--help"] : arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0 || MistypedOption(result) is not null)
        {
            using var output = new CommandOutput(console, arguments.Contains(JsonOption), Verbosity.Normal);
            output.Error(UsageError(result));
            return ExitCode.BadUsage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = console.Out,
            Error = console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationTimeout,
        };
        return await result.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
    }

    /// <summary>A plain command rather than a RootCommand, whose name would be that of the host process.</summary>
    static Command Root(ToolConsole console)
    {
        var help = new HelpOption { Recursive = true };
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        var version = new VersionOption { Action = new PrintVersion() };
        var root = new Command(Name, "Makes a neural network fit a budget: smaller, faster and nearly as accurate.") { help, version };
        foreach (var command in Commands(console)) root.Add(command);
        return root;
    }

    static UsageException UsageError(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var help = command.Name == Name ? $"See '{Name} --help'." : $"See '{Name} {command.Name} --help'.";
        if ((MistypedOption(result) ?? (result.UnmatchedTokens is [var first, ..] ? first : null)) is not { } unknown)
        {
            return new UsageException(result.Errors[0].Message, help);
        }

        var meant = Suggestion.For(unknown, [.. command.Subcommands.Select(sub => sub.Name), .. command.Options.Select(option => option.Name)]);
        return new UsageException(
            $"'{unknown}' is not {(command.Subcommands.Count > 0 ? "a command" : "an option or argument of " + command.Name)}.",
            meant is null ? help : $"Did you mean '{meant}'? {help}");
    }

    /// <summary>The parser takes an unknown option for the argument that a command waits for; nobody has a file of that name.</summary>
    static string? MistypedOption(ParseResult result) => result.Tokens
        .TakeWhile(token => token.Type != TokenType.DoubleDash)
        .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))?.Value;

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Machine.ToolVersion());
            return ExitCode.Done;
        }
    }
}
