using CompressTasks.Pipeline;

namespace CompressTasks.Tool.Worker;

/// <summary>Errors and warnings as MSBuild reads them from a tool's output, each at the line of the project file that it is about.</summary>
sealed class BuildDiagnostics(TextWriter output, BuildRequest request)
{
    public void Error(CompressException exception) => Write("error", exception.Code, exception, Sentence(exception.Message, exception.Hint));

    public void Warning(CompressException exception, string consequence) =>
        Write("warning", exception.Code, exception, Sentence(exception.Message, consequence));

    void Write(string kind, string code, CompressException exception, string text)
    {
        var place = PlaceOf(exception);
        var position = place.Line > 0 ? $"({place.Line},{place.Column})" : "";
        output.WriteLine($"{place.File}{position}: {kind} {code}: {text}");
        output.Flush();
    }

    SourceLocation PlaceOf(CompressException exception)
    {
        if (exception is DeclarationException declaration) return request.LocationOf(declaration.Metadata);
        if (exception.Data[nameof(DeclarationException.Metadata)] is string name) return request.LocationOf(name);
        if (exception is BudgetException { Check: { } check } && check.Results.FirstOrDefault(result => !result.IsMet) is { } missed)
        {
            return request.LocationOf(missed.Limit.Budget.Kind.ToString());
        }

        if (exception.File is not { } file || file == request.Model) return request.ItemLocation;

        // A file that a metadata names is reported where it is named; the message says which file it is.
        var naming = request.Metadata.FirstOrDefault(pair => Names(pair.Value, file)).Key;
        return naming is null ? request.ItemLocation : request.LocationOf(naming);
    }

    bool Names(string value, string file) => value
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(part => !part.Contains('\0', StringComparison.Ordinal))
        .Any(part => Path.GetFullPath(part.Split('?')[0], request.ProjectDirectory) == file.Split('?')[0]);

    /// <summary>One line: a diagnostic ends where its line ends.</summary>
    static string Sentence(string message, string? more) =>
        string.Join(' ', $"{message} {more}".Split(['\r', '\n', '\t', ' '], StringSplitOptions.RemoveEmptyEntries));
}
