namespace CompressTasks.Fuzzing;

/// <summary>How one case ended.</summary>
/// <param name="Kind"><c>ok</c>, the code of an error, or what was found: <c>crash</c>, <c>timeout</c>, <c>memory</c>, <c>defect</c>.</param>
/// <param name="Detail">Of a finding: the exception and where it was thrown.</param>
sealed record Outcome(string Kind, string Detail = "")
{
    public const string Ok = "ok", Crash = "crash", Timeout = "timeout", Memory = "memory", Defect = "defect";

    public bool IsFinding => Kind is Crash or Timeout or Memory or Defect;
}
