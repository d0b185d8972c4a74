using System.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.CommandLine;

/// <summary>
/// One command: its options, an example for its help, and the work. The work reads nothing from and writes nothing to the process's
/// own console, so that tests run it with writers of their own.
/// </summary>
abstract class ToolCommand : Command
{
    readonly ToolConsole console;

    protected ToolCommand(ToolConsole console, string name, string description, params string[] examples)
        : base(name, description)
    {
        this.console = console;
        Examples = examples;
        Add(Json);
        Add(Verbosity);
        SetAction(RunAsync);
    }

    /// <summary>Command lines that help shows.</summary>
    public IReadOnlyList<string> Examples { get; }

    protected Option<bool> Json { get; } = new(CommandTree.JsonOption) { Description = "Print one JSON object on stdout and nothing else there." };

    protected Option<Verbosity> Verbosity { get; } = new("--verbosity", "-v")
    {
        Description = $"How much is said on stderr: {VerbosityNames.Accepted}; normal unless given.",
        HelpName = "LEVEL",
        CustomParser = VerbosityNames.Parse,
    };

    /// <returns>The exit code.</returns>
    protected abstract Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation);

    async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var output = new CommandOutput(console, arguments.GetValue(Json), arguments.GetValue(Verbosity));
        try
        {
            return await ExecuteAsync(arguments, output, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            output.Error(new CompressException("CMP0199", "Cancelled."));
            return ExitCode.Cancelled;
        }
        catch (CompressException exception)
        {
            output.Error(exception);
            return ExitCode.Of(exception);
        }
#pragma warning disable CA1031 // The outermost frame: what arrives here is a defect, and a script must still get its JSON and its exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            const string hint = "Please report it with the command line that led here.";
            output.Error(new CompressException("CMP0999", $"CompressTasks has a defect: {exception}", null, hint));
            return ExitCode.Failed;
        }
    }
}
