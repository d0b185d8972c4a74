using System.Text.Encodings.Web;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Where a model came from, in its own metadata. No time and no path, so that equal inputs give equal bytes.</summary>
public static class Provenance
{
    public const string Tool = "compresstasks.tool", Recipe = "compresstasks.recipe", Preprocessing = "compresstasks.preprocessing", Classes = "compresstasks.classes";

    static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Describe(OnnxModel model, Recipe recipe)
    {
        Set(model, Tool, CacheKey.Tool);
        Set(model, Recipe, RecipeFile.Write(recipe));
    }

    /// <summary>What an app has to do to its inputs, and what the outputs are called, as JSON.</summary>
    /// <param name="data">What the model was trained or judged on.</param>
    /// <param name="applied">Done to that data before the model saw it.</param>
    public static void DescribeData(OnnxModel model, DataSet data, Preprocessing applied)
    {
        Set(model, Preprocessing, applied.AppliedTo(data).ToJson());
        if (data.ClassNames is { } names) Set(model, Classes, JsonSerializer.Serialize(names, Json));
    }

    /// <summary>What <see cref="DescribeData"/> wrote of the preprocessing; null for a model that says nothing.</summary>
    /// <exception cref="ModelException">CMP0003 when it is not what was written.</exception>
    public static Preprocessing? PreprocessingOf(OnnxModel model) => Read(model, Preprocessing, text =>
    {
        var read = Training.Preprocessing.FromJson(text);
        read.Validate();
        return read;
    });

    /// <summary>What it wrote of the classes' names.</summary>
    /// <exception cref="ModelException">CMP0003 when it is not what was written.</exception>
    public static IReadOnlyList<string>? ClassesOf(OnnxModel model) => Read(model, Classes, text => JsonSerializer.Deserialize<string[]>(text, Json));

    static T? Read<T>(OnnxModel model, string key, Func<string, T?> parse)
        where T : class
    {
        if (model.Proto.MetadataProps.FirstOrDefault(property => property.Key == key)?.Value is not { } text) return null;
        try
        {
            return parse(text);
        }
        catch (JsonException exception)
        {
            throw new ModelException(ModelException.InvalidGraph, $"The model's metadata '{key}' cannot be read: {exception.Message}", model.Path, "Take the entry out of the model, or train it again.", exception);
        }
    }

    static void Set(OnnxModel model, string key, string value)
    {
        var entry = model.Proto.MetadataProps.FirstOrDefault(property => property.Key == key);
        if (entry is null) model.Proto.MetadataProps.Add(entry = new StringStringEntryProto { Key = key });
        entry.Value = value;
    }
}
