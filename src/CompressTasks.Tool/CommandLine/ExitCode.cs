namespace CompressTasks.Tool.CommandLine;

/// <summary>What the process returns.</summary>
static class ExitCode
{
    public const int Done = 0, Failed = 1, BadUsage = 2, BudgetNotMet = 3, Cancelled = 130;

    /// <summary>Errors in what the user asked for (01xx, malformed budgets and shapes) are told apart from work that failed.</summary>
    public static int Of(CompressException exception) => exception.Code switch
    {
        "CMP0203" => BudgetNotMet,
        "CMP0201" or "CMP0202" or "CMP0204" or "CMP0205" or "CMP0308" or "CMP0901" or "CMP0903" or "CMP0904" => BadUsage,
        _ when exception.Code.StartsWith("CMP01", StringComparison.Ordinal) => BadUsage,
        _ => Failed,
    };
}
