using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Whether a request has what the training of every stage needs, before the first one has run for hours.</summary>
static class TrainingStageCheck
{
    /// <summary>
    /// Names are looked up in the model that the stages start from, the student's file or the original: what a stage before removes is found missing only then.
    /// </summary>
    /// <exception cref="RecipeException">CMP0112.</exception>
    /// <exception cref="TrainingException">CMP0120 a value that does not go with data or teachers, or a name that is not in the model; CMP0404 labels that are missing.</exception>
    public static void Check(Recipe recipe, CompressionSubject subject)
    {
        var start = subject.Student ?? subject.Original;
        foreach (var stage in recipe.Stages.OfType<TrainingStage>())
        {
            var needs = stage.Training.Schedule == LearningRateSchedule.Plateau ? "schedule 'plateau'" : stage.Training.EarlyStoppingPatience is null ? null : "'earlyStoppingPatience'";
            if (needs is not null && subject.Validation is null)
            {
                throw new RecipeException(RecipeException.Incomplete, $"The {needs} of the recipe's stage '{stage.Name}' needs validation data.", subject.Request.Recipe, "Set ValidationData (--validate), or leave it out.");
            }

            if (stage.ExtraRounds > new TrainStage().ExtraRounds && !HasAccuracyBudget(subject.Request))
            {
                throw new TrainingException(TrainingException.Recipe, "The recipe's 'extraRounds' has to be left out without an accuracy budget.", subject.Request.Recipe, "Set MinAccuracy or MaxAccuracyDrop (--min-accuracy, --max-accuracy-drop), or leave it out; 0 says that there are none.");
            }

            TrainingCheck.Recipe(stage.Training, subject.Outputs, subject.Training!, subject.Validation);
            if (stage is not DistillStage { Distillation: var distillation })
            {
                subject.Training!.EnsureLabels(ModelOutput.WidthOf(start, subject.Training.SampleShape));
                continue;
            }

            distillation.EnsureFits(subject.Training!.Labels, subject.Teachers.Count);
            distillation.EnsureFits(start, subject.Teachers[0]);
        }

        TrainingRecipe[] recoveries = [.. recipe.Stages.OfType<PruneStage>().Select(stage => stage.Recovery).OfType<TrainingRecipe>()];
        foreach (var recovery in recoveries) TrainingCheck.Recipe(recovery, subject.Outputs, subject.Training!, validation: null);
        CheckFrozen([.. recipe.Stages.OfType<TrainingStage>().Select(stage => stage.Training).Concat(recoveries).Where(training => training.Frozen.Count > 0)], start);
    }

    /// <summary>Members of a stage, as paths, that say nothing for this data and request, whatever the recipe's other values are.</summary>
    public static IEnumerable<string> WithoutEffect(LabelKind? labels, CompressionRequest request)
    {
        var ofDistillation = new DistillationRecipe().WithoutEffect(labels, Math.Max(1, request.Teachers.Count)).Select(setting => "distillation." + setting.Name);
        return HasAccuracyBudget(request) ? ofDistillation : ofDistillation.Append("extraRounds");
    }

    static bool HasAccuracyBudget(CompressionRequest request) => request.Budgets.Any(budget => budget.Kind is BudgetKind.MinAccuracy or BudgetKind.MaxAccuracyDrop);

    static void CheckFrozen(TrainingRecipe[] trainings, OnnxModel start)
    {
        if (trainings.Length == 0) return;
        using var module = new GraphModule(start);
        foreach (var training in trainings)
        {
            module.Freeze(training.Frozen);
            module.Unfreeze();
        }
    }
}
