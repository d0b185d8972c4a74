namespace CompressTasks.Pruning;

/// <summary>A model that cannot be pruned as asked (CMP06xx).</summary>
public sealed class PruningException(string code, string message, string? file = null, string? hint = null, Exception? innerException = null)
    : CompressException(code, message, file, hint, innerException)
{
    /// <summary>The budget lies below what removing every unit but the last of each layer reaches.</summary>
    public const string OutOfReach = "CMP0602";

    /// <summary>The chosen criterion needs data or a module that was not given.</summary>
    public const string CriterionNeedsData = "CMP0603";

    /// <summary>The pruned graph does not agree with its plan: a defect of CompressTasks, never written to a file.</summary>
    public const string Inconsistent = "CMP0604";

    /// <summary>The model has nothing of the granularity that is asked for.</summary>
    public const string NothingToRemove = "CMP0605";
}
