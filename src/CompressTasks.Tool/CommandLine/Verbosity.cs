using System.CommandLine.Parsing;

namespace CompressTasks.Tool.CommandLine;

/// <summary>How much is said on stderr while a command works.</summary>
enum Verbosity
{
    /// <summary>Progress and errors.</summary>
    Normal,

    /// <summary>Errors only.</summary>
    Quiet,

    /// <summary>Every step on a line of its own, and the causes of errors.</summary>
    Detailed,
}

static class VerbosityNames
{
    public const string Accepted = "q[uiet], n[ormal], d[etailed]";

    /// <summary>MSBuild's spellings: a whole word or its first letter.</summary>
    public static Verbosity Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        switch (text.ToLowerInvariant())
        {
            case "q" or "quiet": return Verbosity.Quiet;
            case "n" or "normal" or "m" or "minimal": return Verbosity.Normal;
            case "d" or "detailed" or "diag" or "diagnostic": return Verbosity.Detailed;
            default:
                result.AddError($"'{text}' is not a verbosity; it is one of {Accepted}.");
                return Verbosity.Normal;
        }
    }
}
