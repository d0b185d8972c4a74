using System.Text.Json;
using System.Text.Json.Serialization;
using CompressTasks.Pruning.Granularities;

namespace CompressTasks.Pipeline;

/// <summary>Reads and writes a granularity as people write it.</summary>
sealed class GrainConverter : JsonConverter<PruningGrain>
{
    public override PruningGrain Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && PruningGrain.TryParse(reader.GetString()!) is { } grain
            ? grain
            : throw new JsonException("The granularity has to be weight, N:M such as 2:4, kernel, block-RxC such as block-4x4, channel, head or layer.");

    public override void Write(Utf8JsonWriter writer, PruningGrain value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
