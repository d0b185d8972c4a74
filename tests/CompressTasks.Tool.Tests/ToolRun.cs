using System.Text.Json;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Tests;

/// <summary>One run of the command in this process, with what it wrote.</summary>
sealed record ToolRun(int ExitCode, string Out, string Error)
{
    public static Task<ToolRun> Of(params string[] arguments) => Of(new ToolConsole { Out = TextWriter.Null, Error = TextWriter.Null }, default, arguments);

    /// <param name="like">What the other end can show; its writers are replaced.</param>
    public static async Task<ToolRun> Of(ToolConsole like, CancellationToken cancellation, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandTree.RunAsync(arguments, like with { Out = output, Error = error }, cancellation);
        return new ToolRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Stdout as the one JSON object that it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;
}
