namespace CompressTasks;

/// <summary>
/// An error that a user can act on: a stable code (<c>CMP0001</c>, one page each in docs/errors), what happened,
/// the file it is about and the way out. Everything that CompressTasks throws on purpose is one of these.
/// </summary>
public class CompressException : Exception
{
    /// <param name="code">Stable code, <c>CMP</c> and four digits.</param>
    /// <param name="message">What happened and why, one or two sentences.</param>
    /// <param name="file">The file that the error is about, or null.</param>
    /// <param name="hint">What the user can do about it, or null.</param>
    /// <param name="innerException">The cause, where another library reported it.</param>
    public CompressException(string code, string message, string? file = null, string? hint = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        File = file;
        Hint = hint;
    }

    public string Code { get; }

    public string? File { get; }

    public string? Hint { get; }
}
