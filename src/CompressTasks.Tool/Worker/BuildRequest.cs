using System.Text.Json;

namespace CompressTasks.Tool.Worker;

/// <summary>What a build asks of the worker, as the MSBuild task writes it: metadata as in the project file, and where each is written.</summary>
sealed record BuildRequest
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public required int Version { get; init; }

    /// <summary>The process whose end makes this work pointless.</summary>
    public required int ParentProcess { get; init; }

    /// <summary>The item as the project names it.</summary>
    public required string Item { get; init; }

    public required string Model { get; init; }

    public required string ProjectDirectory { get; init; }

    public required string OutputFile { get; init; }

    public required string ResultFile { get; init; }

    public required string Device { get; init; }

    public required string Backend { get; init; }

    /// <summary>Empty for the default folder.</summary>
    public required string CacheDirectory { get; init; }

    public required string OnBudgetMiss { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    public required SourceLocation ItemLocation { get; init; }

    public required IReadOnlyDictionary<string, SourceLocation> Locations { get; init; }

    /// <summary>The place of a metadata; of the item where it is not known.</summary>
    public SourceLocation LocationOf(string? metadata) =>
        Locations.FirstOrDefault(pair => string.Equals(pair.Key, metadata, StringComparison.OrdinalIgnoreCase)).Value ?? ItemLocation;

    /// <exception cref="DeclarationException">CMP0139 when the file is of another version of the package.</exception>
    public static BuildRequest Read(string file)
    {
        try
        {
            var request = JsonSerializer.Deserialize<BuildRequest>(File.ReadAllText(file), Json);
            if (request is { Version: 1 }) return request;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, exception);
        }

        throw Unreadable(file, null);
    }

    static DeclarationException Unreadable(string file, Exception? cause) => new(
        DeclarationException.Request,
        $"'{file}' is not a request of this version's build task{(cause is null ? "" : ": " + cause.Message)}",
        hint: "Task and worker have to come from one package; restore and build again.",
        innerException: cause);
}

/// <summary>A file and a position in it from 1; line 0 for the file as a whole.</summary>
sealed record SourceLocation(string File, int Line, int Column);
