namespace CompressTasks.MSBuild;

/// <summary>A file and a position in it, both counted from 1; line 0 means the file as a whole.</summary>
readonly struct SourcePlace(string file, int line, int column) : IEquatable<SourcePlace>
{
    public string File { get; } = file;

    public int Line { get; } = line;

    public int Column { get; } = column;

    public bool Equals(SourcePlace other) => File == other.File && Line == other.Line && Column == other.Column;

    public override bool Equals(object? obj) => obj is SourcePlace other && Equals(other);

    public override int GetHashCode() => File.GetHashCode() ^ (Line << 8) ^ Column;
}

/// <summary>An error or a warning with its code (CMPxxxx), its text in one line and the place it is about.</summary>
sealed class Diagnostic(bool isError, string code, string text, SourcePlace place)
{
    public bool IsError { get; } = isError;

    public string Code { get; } = code;

    public string Text { get; } = text;

    public SourcePlace Place { get; } = place;
}
