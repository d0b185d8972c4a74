using System.Text.Json.Nodes;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>What holds without tuning: the built-in recipe's value for a member of a stage, moved into its range.</summary>
sealed class RecipeDefaults
{
    readonly JsonArray stages;

    /// <param name="labels">Of the training data; null where there is none.</param>
    public RecipeDefaults(LabelKind? labels)
    {
        var recipe = Recipe.Default(labels);
        var prune = recipe.Stages.OfType<PruneStage>().First() with { Recovery = PruneStageRunner.ShortRecovery, SparseLearning = new() };
        var whole = recipe with { Stages = [prune, new DistillStage(), new TrainStage()] };
        stages = (JsonArray)JsonNode.Parse(RecipeFile.Write(whole))!["stages"]!;
    }

    /// <summary>The parameter with a default.</summary>
    /// <param name="parameter">One whose range is checked.</param>
    /// <param name="stage">The stage's name.</param>
    /// <param name="path">The member's path from the root: stages, index, members.</param>
    public Parameter Complete(Parameter parameter, string stage, string[] path) =>
        parameter.Default is not null ? parameter : parameter with { Default = Within(parameter, Known(stage, path)) };

    JsonValue? Known(string stage, string[] path)
    {
        JsonNode? node = stages.FirstOrDefault(known => (string?)known!["stage"] == stage);
        foreach (var step in path.Skip(2)) node = node is JsonObject members ? members[step] : null;
        return node as JsonValue;
    }

    static ParameterValue Within(Parameter parameter, JsonValue? known)
    {
        var number = known is not null && known.TryGetValue<double>(out var value) ? value : (double?)null;
        switch (parameter)
        {
            case FloatParameter real:
                var wanted = Math.Clamp(number ?? (real.Logarithmic ? Math.Sqrt(real.Low * real.High) : (real.Low + real.High) / 2), real.Low, real.High);
                return real.Step is { } step ? real.Low + (Math.Min(Math.Round((wanted - real.Low) / step), Math.Floor(((real.High - real.Low) / step) + 1e-9)) * step) : wanted;
            case IntParameter whole:
                var near = Math.Clamp((long)Math.Round(number ?? (whole.Logarithmic ? Math.Sqrt((double)whole.Low * whole.High) : (whole.Low + whole.High) / 2.0)), whole.Low, whole.High);
                return whole.Low + ((near - whole.Low) / whole.Step * whole.Step);
            case CategoricalParameter choice:
                return choice.Choices.FirstOrDefault(offered => offered.ToString() == known?.ToString(), choice.Choices[0]);
            default:
                return known is not null && known.TryGetValue<bool>(out var flag) && flag;
        }
    }
}
