using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pipeline;

/// <summary>Where a model came from, in its own metadata. No time and no path, so that equal inputs give equal bytes.</summary>
static class Provenance
{
    public const string Tool = "compresstasks.tool", Recipe = "compresstasks.recipe";

    public static void Describe(OnnxModel model, Recipe recipe)
    {
        Set(model, Tool, CacheKey.Tool);
        Set(model, Recipe, RecipeFile.Write(recipe));
    }

    static void Set(OnnxModel model, string key, string value)
    {
        var entry = model.Proto.MetadataProps.FirstOrDefault(property => property.Key == key);
        if (entry is null) model.Proto.MetadataProps.Add(entry = new StringStringEntryProto { Key = key });
        entry.Value = value;
    }
}
