namespace CompressTasks.Pipeline;

/// <summary>A recipe or request that cannot be carried out as it is written (CMP01xx).</summary>
public sealed class RecipeException(string code, string message, string? file = null, string? hint = null, Exception? innerException = null)
    : CompressException(code, message, file, hint, innerException)
{
    /// <summary>The recipe file is missing or cannot be read.</summary>
    public const string Unreadable = "CMP0110";

    /// <summary>The recipe is not of the form that docs/recipes.md describes.</summary>
    public const string Malformed = "CMP0111";

    /// <summary>The request lacks something that its recipe or budgets need.</summary>
    public const string Incomplete = "CMP0112";

    /// <summary>The recipe has ranges where values are needed.</summary>
    public const string HasRanges = "CMP0113";

    /// <summary>There is nothing to tune, or no trial ended with a result.</summary>
    public const string NothingTuned = "CMP0114";

    /// <summary>The student cannot stand where the original stands, or has not the weights that the recipe asks for.</summary>
    public const string StudentDoesNotFit = "CMP0115";
}
