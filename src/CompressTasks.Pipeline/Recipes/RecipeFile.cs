using System.Text.Json;
using System.Text.Json.Serialization;

namespace CompressTasks.Pipeline;

/// <summary>Reads and writes recipes.</summary>
public static class RecipeFile
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <exception cref="RecipeException">CMP0110 when the file is missing or is not a recipe, with the place in the file.</exception>
    public static Recipe Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(RecipeException.Unreadable, $"The recipe '{path}' cannot be read: {exception.Message}", path, "Check the path.", exception);
        }

        try
        {
            var recipe = JsonSerializer.Deserialize<Recipe>(text, Json) ?? throw new JsonException("the file is empty");
            Validate(recipe, path);
            return recipe;
        }
        catch (JsonException exception)
        {
            throw new RecipeException(RecipeException.Malformed, $"'{path}' is not a recipe: {exception.Message}", path, "See docs/recipes.md for the names and an example.", exception);
        }
    }

    public static string Write(Recipe recipe) => JsonSerializer.Serialize(recipe, Json);

    static void Validate(Recipe recipe, string path)
    {
        void Require(bool holds, string what)
        {
            if (!holds) throw new RecipeException(RecipeException.Malformed, $"'{path}' is not a recipe: {what}.", path, "See docs/recipes.md for the ranges.");
        }

        Require(recipe.SchemaVersion == 1, $"schemaVersion {recipe.SchemaVersion} is not known; this version reads 1");
        Require(recipe.Stages.Count > 0, "it has no stages");
        foreach (var stage in recipe.Stages)
        {
            switch (stage)
            {
                case PruneStage prune:
                    Require(prune.Steps is >= 1 and <= 100, "steps has to be 1 to 100");
                    Require(prune.Schedule == PruningSchedule.Iterative || prune.Steps == 1, "steps needs the iterative schedule");
                    Require(prune.RoundTo is >= 1 and <= 1024, "roundTo has to be 1 to 1024");
                    Require(prune.Samples >= 1, "samples has to be 1 or more");
                    prune.Recovery?.Validate();
                    break;
                case TrainingStage training:
                    Require(training.ExtraRounds is >= 0 and <= 10, "extraRounds has to be 0 to 10");
                    training.Training.Validate();
                    if (training is DistillStage distill) distill.Distillation.Validate();
                    break;
            }
        }
    }
}
