using System.Runtime.Serialization.Json;

namespace CompressTasks.MSBuild;

/// <summary>JSON by the framework's own serializer: a task that brings a JSON library would clash with MSBuild's.</summary>
static class JsonFile
{
    static readonly DataContractJsonSerializerSettings Settings = new() { UseSimpleDictionaryFormat = true };

    public static void Write<T>(string file, T value)
    {
        using var stream = File.Create(file);
        using var writer = JsonReaderWriterFactory.CreateJsonWriter(stream, System.Text.Encoding.UTF8, ownsStream: false, indent: true);
        new DataContractJsonSerializer(typeof(T), Settings).WriteObject(writer, value);
    }

    public static T Read<T>(string file)
    {
        using var stream = File.OpenRead(file);
        return (T)new DataContractJsonSerializer(typeof(T), Settings).ReadObject(stream);
    }
}
