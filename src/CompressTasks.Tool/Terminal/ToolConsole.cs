namespace CompressTasks.Tool.Terminal;

/// <summary>Where a command writes, and what the other end can show.</summary>
sealed record ToolConsole
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>True when a person sees stdout: tables are drawn.</summary>
    public bool IsOutTerminal { get; init; }

    /// <summary>True when a person sees stderr: progress is one line that is redrawn.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>False where NO_COLOR is set or the terminal is dumb.</summary>
    public bool UseColor { get; init; }

    /// <summary>Characters of a line.</summary>
    public int Width { get; init; } = 100;

    /// <summary>The clock that paces progress.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static ToolConsole OfProcess()
    {
        var dumb = Environment.GetEnvironmentVariable("TERM") == "dumb";
        var outTerminal = !Console.IsOutputRedirected && !dumb;
        var errorTerminal = !Console.IsErrorRedirected && !dumb;
        return new ToolConsole
        {
            Out = Console.Out,
            Error = Console.Error,
            IsOutTerminal = outTerminal,
            IsErrorTerminal = errorTerminal,
            UseColor = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Width = outTerminal || errorTerminal ? TerminalWidth() : 100,
        };
    }

    /// <summary>A terminal that does not know its width says 0.</summary>
    static int TerminalWidth() => Console.WindowWidth is > 0 and var width ? width : 100;
}
