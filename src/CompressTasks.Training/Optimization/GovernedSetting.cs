using System.Reflection;
using System.Text.Json;

namespace CompressTasks.Training;

/// <summary>A setting that says something beside one value of another setting, its governor, alone. Both are values of one object of a recipe.</summary>
public sealed class GovernedSetting
{
    readonly PropertyInfo setting;
    readonly PropertyInfo governor;
    readonly object value;
    readonly object standard;
    readonly string refusal;

    /// <param name="recipe">The record of both; a new one has the defaults.</param>
    /// <param name="value">Of the governor.</param>
    /// <param name="refusal">What is said where it does not count, after "has to be"; null for the usual words.</param>
    GovernedSetting(Type recipe, string setting, string governor, object value, string? refusal = null)
    {
        this.setting = recipe.GetProperty(setting)!;
        this.governor = recipe.GetProperty(governor)!;
        this.value = value;
        standard = Activator.CreateInstance(recipe)!;
        this.refusal = refusal ?? (value is true ? $"left out unless {Governor} is true" : $"left out unless the {Governor} is {Spelt(value)}");
    }

    /// <summary>Every such setting. A line here is all that another one needs: recipes refuse it elsewhere, and tuning leaves it out.</summary>
    public static IReadOnlyList<GovernedSetting> All { get; } =
    [
        new(typeof(TrainingRecipe), nameof(TrainingRecipe.Momentum), nameof(TrainingRecipe.Optimizer), OptimizerKind.Sgd, "left out unless the optimizer is sgd; adamw has averages of its own"),
        new(typeof(TrainingRecipe), nameof(TrainingRecipe.Nesterov), nameof(TrainingRecipe.Optimizer), OptimizerKind.Sgd),
        new(typeof(TrainingRecipe), nameof(TrainingRecipe.PlateauFactor), nameof(TrainingRecipe.Schedule), LearningRateSchedule.Plateau),
        new(typeof(TrainingRecipe), nameof(TrainingRecipe.PlateauPatience), nameof(TrainingRecipe.Schedule), LearningRateSchedule.Plateau),
        new(typeof(TrainingRecipe), nameof(TrainingRecipe.HuberDelta), nameof(TrainingRecipe.Loss), LossKind.Huber),
        new(typeof(DistillationRecipe), nameof(DistillationRecipe.TargetWeight), nameof(DistillationRecipe.Method), DistillationMethod.Decoupled),
        new(typeof(DistillationRecipe), nameof(DistillationRecipe.NonTargetWeight), nameof(DistillationRecipe.Method), DistillationMethod.Decoupled),
        new(typeof(DistillationRecipe), nameof(DistillationRecipe.TeacherWeights), nameof(DistillationRecipe.Teachers), TeacherMixture.Weighted, "left out unless the teachers are weighted"),
        new(typeof(DistillationRecipe), nameof(DistillationRecipe.Peers), nameof(DistillationRecipe.Mutual), true),
    ];

    /// <summary>As recipe files spell it.</summary>
    public string Name => JsonNamingPolicy.CamelCase.ConvertName(setting.Name);

    /// <summary>The other setting, as recipe files spell it.</summary>
    public string Governor => JsonNamingPolicy.CamelCase.ConvertName(governor.Name);

    /// <summary>Whether the setting says something.</summary>
    /// <param name="chosen">The governor's value, as recipe files spell it; null where it is left out.</param>
    public bool CountsBeside(string? chosen) => (chosen ?? Spelt(governor.GetValue(standard))) == Spelt(value);

    /// <summary>Checks that a recipe gives no setting which its governor leaves without effect; the default counts as not given.</summary>
    /// <exception cref="TrainingException">CMP0120.</exception>
    internal static void Check(object recipe)
    {
        foreach (var rule in All.Where(rule => rule.setting.DeclaringType == recipe.GetType()))
        {
            var isGiven = !Equals(rule.setting.GetValue(recipe), rule.setting.GetValue(rule.standard));
            TrainingRecipe.Require(!isGiven || Equals(rule.governor.GetValue(recipe), rule.value), rule.Name, rule.refusal);
        }
    }

    static string Spelt(object? value) => value is null ? "" : JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}");
}
