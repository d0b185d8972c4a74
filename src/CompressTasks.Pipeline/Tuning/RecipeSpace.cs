using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>A family of recipes.</summary>
/// <param name="Space">Its parameters. Each has a default, so that what holds without tuning is tried first.</param>
/// <param name="Make">The recipe of a configuration; throws a <see cref="CompressException"/> where its values do not go together.</param>
/// <param name="Fixed">What the recipes have in common, as a text without the ranges: trials of another family cannot be compared with its own.</param>
sealed record RecipeSpace(SearchSpace Space, Func<Configuration, Recipe> Make, string Fixed);
