using System.Text.Json;
using System.Text.Json.Nodes;

namespace CompressTasks.Tuning;

/// <summary>Reads JSON that people write: comments and trailing commas are allowed, doubled members are not.</summary>
static class JsonText
{
    static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <exception cref="TuningException">The text is not JSON.</exception>
    public static JsonNode? Parse(string json, string what)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Options);
        }
        catch (JsonException error)
        {
            throw new TuningException(TuningException.Space, $"The {what} is not valid JSON: {error.Message}", innerException: error);
        }
    }
}
