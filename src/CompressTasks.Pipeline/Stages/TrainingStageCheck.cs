using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Whether a request has what the training of every stage needs, before the first one has run for hours.</summary>
static class TrainingStageCheck
{
    /// <exception cref="RecipeException">CMP0112.</exception>
    /// <exception cref="TrainingException">CMP0120 weights of teachers that are not as many as the teachers.</exception>
    public static void Check(Recipe recipe, CompressionSubject subject)
    {
        foreach (var stage in recipe.Stages.OfType<TrainingStage>())
        {
            var needs = stage.Training.Schedule == LearningRateSchedule.Plateau ? "schedule 'plateau'" : stage.Training.EarlyStoppingPatience is null ? null : "'earlyStoppingPatience'";
            if (needs is not null && subject.Validation is null)
            {
                throw new RecipeException(RecipeException.Incomplete, $"The {needs} of the recipe's stage '{stage.Name}' needs validation data.", subject.Request.Recipe, "Set ValidationData (--validate), or leave it out.");
            }

            if (stage is DistillStage distill) distill.Distillation.EnsureFits(subject.Teachers.Count);
        }
    }
}
