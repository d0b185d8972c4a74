using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a training minimises on one batch: the loss against the labels, that against teachers, or both.</summary>
/// <param name="recipe">Of the training.</param>
/// <param name="outputs">What the module's outputs are.</param>
/// <param name="distillation">The teachers; null to learn from labels alone.</param>
sealed class BatchLoss(TrainingRecipe recipe, OutputKind outputs, Distillation? distillation)
{
    /// <param name="results">The module's outputs for <paramref name="inputs"/>.</param>
    /// <param name="inputs">The batch as the module saw it.</param>
    /// <param name="labels">On the module's device; null without any.</param>
    /// <param name="mixture">How samples were mixed; null where none was.</param>
    /// <param name="indices">The samples' indices in <paramref name="data"/>.</param>
    /// <param name="data">What the batch is of.</param>
    /// <param name="teachers">What they say about this data; null without teachers.</param>
    /// <returns>A single number, the mean over the samples.</returns>
    public Tensor Of(Tensor results, Tensor inputs, Tensor? labels, LabelMixture? mixture, int[] indices, DataSet data, TeacherAnswers? teachers)
    {
        var perSample = Evaluation.PerSample(results, data);
        var isRegression = data.Labels == LabelKind.Targets;
        var values = isRegression ? perSample : Losses.Logits(perSample, outputs);
        Tensor Against(Tensor wanted) => isRegression ? Losses.MeanSquaredError(values, wanted) : Losses.CrossEntropy(values, wanted, recipe.LabelSmoothing);
        var labelLoss = labels is null ? null : mixture?.Loss(labels, Against) ?? Against(labels);
        return teachers is null ? labelLoss! : distillation!.Combined(values, labelLoss, teachers.For(inputs, indices), isRegression);
    }
}
