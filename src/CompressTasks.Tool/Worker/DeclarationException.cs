namespace CompressTasks.Tool.Worker;

/// <summary>Something in a CompressModel item or in a Compress property that cannot be carried out (CMP0130 to CMP0139).</summary>
/// <param name="code">One of the codes below.</param>
/// <param name="message">What is wrong.</param>
/// <param name="metadata">The metadata it is about; null for a property or the item as a whole.</param>
/// <param name="hint">What to write instead.</param>
/// <param name="innerException">The cause.</param>
sealed class DeclarationException(string code, string message, string? metadata = null, string? hint = null, Exception? innerException = null)
    : CompressException(code, message, null, hint, innerException)
{
    /// <summary>The value of a metadata or property is not understood.</summary>
    public const string Value = "CMP0130";

    /// <summary>The metadata or value belongs to a later version.</summary>
    public const string Unsupported = "CMP0131";

    /// <summary>The name of a metadata looks like a misspelt one.</summary>
    public const string Misspelt = "CMP0132";

    /// <summary>The request file is not of this version.</summary>
    public const string Request = "CMP0139";

    public string? Metadata { get; } = metadata;
}
