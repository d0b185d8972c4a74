using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a training minimises on the batches of one data set: the loss against the labels, that against teachers, or both.</summary>
/// <param name="data">What the batches are of.</param>
/// <param name="outputs">What the module's outputs are.</param>
/// <param name="recipe">Of the training.</param>
/// <param name="distilled">What is learned from teachers; null to learn from labels alone.</param>
sealed class BatchLoss(DataSet data, OutputKind outputs, TrainingRecipe recipe, DistilledTraining? distilled)
{
    readonly LabelLoss? labelLoss = data.HasLabels ? new LabelLoss(data, outputs, recipe) : null;

    /// <summary>The module's outputs, and behind them the values inside that teachers ask for.</summary>
    public IReadOnlyList<Tensor> Run(nn.Module<Tensor, Tensor> module, Tensor inputs) => distilled?.Run(inputs) ?? [module.call(inputs)];

    /// <param name="results">What <see cref="Run"/> gave for <paramref name="inputs"/>.</param>
    /// <param name="inputs">The batch as the module saw it.</param>
    /// <param name="labels">On the module's device; null without any.</param>
    /// <param name="mixture">How samples were mixed; null where none was.</param>
    /// <param name="indices">The samples' indices in the data set.</param>
    /// <param name="position">Of the training, before the step.</param>
    /// <returns>A single number, the mean over the samples.</returns>
    public Tensor Of(IReadOnlyList<Tensor> results, Tensor inputs, Tensor? labels, LabelMixture? mixture, int[] indices, TrainingPosition position)
    {
        Tensor AgainstLabels(Tensor own) => labelLoss!.Mean(own, labels!, mixture);
        return distilled is null
            ? AgainstLabels(results[0])
            : distilled.Loss(results[0], [.. results.Skip(1)], labels is null ? null : AgainstLabels, new(data, inputs, indices, labels, mixture), position);
    }

    /// <summary>The distance of a batch without labels from what the teachers say.</summary>
    public Tensor FromTeachers(Tensor results, Tensor inputs, int[] indices) => distilled!.Distance(results, new(data, inputs, indices, null, null));
}
