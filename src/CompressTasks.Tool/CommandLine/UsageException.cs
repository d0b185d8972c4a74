namespace CompressTasks.Tool.CommandLine;

/// <summary>A command line that cannot be understood (code CMP0101).</summary>
sealed class UsageException(string message, string? hint = null) : CompressException(Malformed, message, null, hint)
{
    public const string Malformed = "CMP0101";
}
