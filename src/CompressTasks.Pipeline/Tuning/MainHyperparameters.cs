using System.Text.Json;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using CompressTasks.Tuning;

namespace CompressTasks.Pipeline;

/// <summary>
/// What is tuned of the built-in recipe where a project only says how many trials it wants. The epochs of recovery and distillation together stay what they are
/// there, so that every trial takes about as long as an untuned run.
/// </summary>
static class MainHyperparameters
{
    const string LearningRate = "learningRate", WeightDecay = "weightDecay", Temperature = "temperature", Alpha = "alpha", Criterion = "criterion";
    const string Cuts = "cuts", RecoveryEpochs = "recoveryEpochs", RecoveryRate = "recoveryRate";

    /// <param name="labels">Of the training data.</param>
    public static RecipeSpace Of(LabelKind labels)
    {
        var recipe = Recipe.Default(labels);
        var (prune, distill) = ((PruneStage)recipe.Stages[0], (DistillStage)recipe.Stages[1]);
        var recovery = prune.Recovery ?? PruneStageRunner.ShortRecovery;
        var (training, soft) = (distill.Training, distill.Distillation);
        var criteria = labels == LabelKind.None
            ? new[] { Pruning.Criteria.Criterion.L2, Pruning.Criteria.Criterion.BatchNormScale, Pruning.Criteria.Criterion.ActivationVariance }
            : [Pruning.Criteria.Criterion.Taylor, Pruning.Criteria.Criterion.L2, Pruning.Criteria.Criterion.BatchNormScale];
        var space = WithTraining(new SearchSpace(), training)
            .With(new CategoricalParameter(Criterion, [.. criteria.Select(name => (ParameterValue)PruneStageCheck.NameOf(name))]) { Default = PruneStageCheck.NameOf(prune.Criterion) })
            .Int(Cuts, 1, 4, standard: prune.Steps)
            .Int(RecoveryEpochs, 1, 4, standard: recovery.Epochs).When(Condition.From(Cuts, 2))
            .Float(RecoveryRate, 0.003, 0.1, logarithmic: true, standard: recovery.LearningRate).When(Condition.From(Cuts, 2));
        space = WithTeacher(space, labels, soft);
        var epochs = training.Epochs + ((prune.Steps - 1) * recovery.Epochs);

        Recipe Make(Configuration values)
        {
            var cuts = values.Int(Cuts);
            var between = cuts > 1 ? recovery with { Epochs = values.Int(RecoveryEpochs), LearningRate = values.Float(RecoveryRate) } : recovery;
            return recipe with
            {
                Stages =
                [
                    prune with { Criterion = CriterionNamed(values.Text(Criterion)), Steps = cuts, Recovery = cuts > 1 ? between : null },
                    Taught(distill with { Training = training with { Epochs = Math.Max(1, epochs - ((cuts - 1) * between.Epochs)) } }, values),
                ],
            };
        }

        return new RecipeSpace(space, Make, RecipeFile.Write(recipe));
    }

    /// <summary>Where a student takes the original's place, nothing is cut.</summary>
    /// <exception cref="RecipeException">CMP0112, CMP0115: see <see cref="StudentCheck"/>.</exception>
    public static RecipeSpace OfStudent(LabelKind labels, CompressionRequest request)
    {
        var recipe = StudentCheck.Complete(Recipe.OfStudent, request);
        var distill = recipe.Stages.OfType<DistillStage>().Single();
        var space = WithTeacher(WithTraining(new SearchSpace(), distill.Training), labels, distill.Distillation);
        return new RecipeSpace(
            space,
            values => recipe with { Stages = [.. recipe.Stages.Select(stage => stage == distill ? Taught(distill, values) : stage)] },
            RecipeFile.Write(recipe));
    }

    static SearchSpace WithTraining(SearchSpace space, TrainingRecipe training) => space
        .Float(LearningRate, 0.02, 0.5, logarithmic: true, standard: training.LearningRate)
        .Float(WeightDecay, 1e-6, 1e-2, logarithmic: true, standard: training.WeightDecay);

    /// <summary>Without labels the teacher is all there is, and numbers have no temperature.</summary>
    static SearchSpace WithTeacher(SearchSpace space, LabelKind labels, DistillationRecipe soft)
    {
        if (labels != LabelKind.None) space = space.Float(Alpha, 0.3, 1, standard: soft.Alpha);
        return labels != LabelKind.Targets ? space.Float(Temperature, 1, 10, logarithmic: true, standard: soft.Temperature) : space;
    }

    static DistillStage Taught(DistillStage distill, Configuration values) => distill with
    {
        Training = distill.Training with { LearningRate = values.Float(LearningRate), WeightDecay = values.Float(WeightDecay) },
        Distillation = distill.Distillation with
        {
            Alpha = values.Contains(Alpha) ? values.Float(Alpha) : distill.Distillation.Alpha,
            Temperature = values.Contains(Temperature) ? values.Float(Temperature) : distill.Distillation.Temperature,
        },
    };

    static Criterion CriterionNamed(string name) => Enum.GetValues<Criterion>().First(criterion => PruneStageCheck.NameOf(criterion) == name);
}
