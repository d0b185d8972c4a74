using System.Text.Json;
using System.Text.Json.Serialization;
using CompressTasks.Pruning.Compensation;

namespace CompressTasks.Pipeline;

/// <summary>Reads and writes recipes.</summary>
public static class RecipeFile
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        AllowOutOfOrderMetadataProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new GrainConverter(), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <exception cref="RecipeException">CMP0110 when the file cannot be read; CMP0111 when it is not a recipe, with the place in the file; CMP0113 when ranges stand in place of values.</exception>
    /// <exception cref="Training.TrainingException">CMP0120 when a value of a training is out of its range.</exception>
    public static Recipe Read(string path)
    {
        var text = ReadText(path);
        if (!RecipeRanges.StandIn(text)) return Parse(text, path);
        throw new RecipeException(
            RecipeException.HasRanges,
            $"The recipe '{path}' has ranges in place of values, and only tuning can choose from them.",
            path,
            "Use 'compress tune', which writes the best recipe as a file, or say how many trials to make (Trials, --trials).");
    }

    /// <exception cref="RecipeException">CMP0110.</exception>
    internal static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException(RecipeException.Unreadable, $"The recipe '{path}' cannot be read: {exception.Message}", path, "Check the path.", exception);
        }
    }

    /// <param name="path">The file that the text is from, or would be.</param>
    /// <exception cref="RecipeException">CMP0111.</exception>
    internal static Recipe Parse(string text, string path)
    {
        try
        {
            var recipe = JsonSerializer.Deserialize<Recipe>(text, Json) ?? throw new JsonException("the file is empty");
            Validate(recipe, path);
            return recipe;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException) // the latter for a stage without its name
        {
            throw Malformed(path, exception.Message, exception);
        }
    }

    internal static RecipeException Malformed(string path, string what, Exception? cause = null) =>
        new(RecipeException.Malformed, $"'{path}' is not a recipe: {what}", path, "See docs/recipes.md for the names and an example.", cause);

    public static string Write(Recipe recipe) => JsonSerializer.Serialize(recipe, Json);

    /// <summary>What a stage set to zero has to stay so.</summary>
    static void RequireOrder(IReadOnlyList<Stage> stages, Action<bool, string> require)
    {
        var isMasked = false;
        foreach (var stage in stages.OfType<PruneStage>())
        {
            require(!(isMasked && stage.Granularity.IsMasked), "only one stage may set weights to zero: a second one would choose and train them anew. Give it the whole sparsity, in steps");
            require(!(isMasked && stage.Compensation == CompensationMethod.LeastSquares), "the compensation least-squares after a stage that sets weights to zero would fill them; remove channels first");
            isMasked |= stage.Granularity.IsMasked;
        }
    }

    static void Validate(Recipe recipe, string path)
    {
        void Require(bool holds, string what)
        {
            if (!holds) throw new RecipeException(RecipeException.Malformed, $"'{path}' is not a recipe: {what}.", path, "See docs/recipes.md for the ranges.");
        }

        Require(recipe.SchemaVersion == 1, $"schemaVersion {recipe.SchemaVersion} is not known; this version reads 1");
        Require(recipe.Stages.Count > 0, "it has no stages");
        Require(recipe.Preprocessing?.Std?.All(deviation => deviation > 0) != false, "every std has to be above 0");
        recipe.Preprocessing?.Validate();
        RequireOrder(recipe.Stages, Require);
        foreach (var stage in recipe.Stages)
        {
            switch (stage)
            {
                case null:
                    Require(false, "a stage is null");
                    break;
                case PruneStage prune:
                    PruneStageCheck.Check(prune, Require);
                    break;
                case StudentStage student:
                    Require(ReferenceEquals(stage, recipe.Stages[0]), "the stage student replaces the original, so it has to be the first");
                    student.Check(Require);
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
