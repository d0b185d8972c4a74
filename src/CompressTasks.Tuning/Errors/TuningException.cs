namespace CompressTasks.Tuning;

/// <summary>
/// An error of tuning that a user can act on: a stable code (one page each in docs/errors), what happened and the way out.
/// This room stands on no other, so the type stands on its own too.
/// </summary>
public sealed class TuningException(string code, string message, string? hint = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>A search space contradicts itself or cannot be read.</summary>
    public const string Space = "CMP0901";

    /// <summary>A configuration does not belong to the search space.</summary>
    public const string Configuration = "CMP0902";

    /// <summary>A setting of a study, sampler or stopping rule is out of range.</summary>
    public const string Setting = "CMP0903";

    /// <summary>The stored study is another one: other objectives or an incompatible space.</summary>
    public const string StudyMismatch = "CMP0904";

    /// <summary>The storage cannot be reached, read or written.</summary>
    public const string Storage = "CMP0905";

    /// <summary>No configuration satisfies the known constraints.</summary>
    public const string Infeasible = "CMP0906";

    /// <summary>A result was told that does not fit the trial or the objectives.</summary>
    public const string Outcome = "CMP0907";

    /// <summary>The stored study was written by a later version.</summary>
    public const string LaterVersion = "CMP0908";

    public string Code { get; } = code;

    /// <summary>What the user can do about it, or null.</summary>
    public string? Hint { get; } = hint;
}
