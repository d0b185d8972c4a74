using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a training minimises on the batches of one data set: the loss against the labels, that against teachers, or both.</summary>
/// <param name="data">What the batches are of.</param>
/// <param name="outputs">What the module's outputs are.</param>
/// <param name="recipe">Of the training.</param>
/// <param name="distillation">The teachers, with <paramref name="answers"/> what they say about this data; null to learn from labels alone.</param>
sealed class BatchLoss(DataSet data, OutputKind outputs, TrainingRecipe recipe, Distillation? distillation, TeacherAnswers? answers)
{
    readonly LabelLoss? labelLoss = data.HasLabels ? new LabelLoss(data, outputs, recipe) : null;

    /// <param name="results">The module's outputs for <paramref name="inputs"/>.</param>
    /// <param name="inputs">The batch as the module saw it.</param>
    /// <param name="labels">On the module's device; null without any.</param>
    /// <param name="mixture">How samples were mixed; null where none was.</param>
    /// <param name="indices">The samples' indices in the data set.</param>
    /// <returns>A single number, the mean over the samples.</returns>
    public Tensor Of(Tensor results, Tensor inputs, Tensor? labels, LabelMixture? mixture, int[] indices)
    {
        var againstLabels = labels is null ? null : labelLoss!.Mean(results, labels, mixture);
        if (answers is null) return againstLabels!;
        var values = OutputReading.Distributions(results, outputs, data);
        return distillation!.Combined(values, againstLabels, answers.For(inputs, indices), data.Labels == LabelKind.Targets);
    }
}
