using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>What a training minimises on one batch: the loss against the labels, that against teachers, or both.</summary>
/// <param name="recipe">Of the training.</param>
/// <param name="outputs">What the module's outputs are.</param>
/// <param name="distilled">The teachers; null to learn from labels alone.</param>
sealed class BatchLoss(TrainingRecipe recipe, OutputKind outputs, DistilledTraining? distilled)
{
    /// <summary>The module's outputs, and behind them the values inside that teachers ask for.</summary>
    public IReadOnlyList<Tensor> Run(nn.Module<Tensor, Tensor> module, Tensor inputs) => distilled?.Run(inputs) ?? [module.call(inputs)];

    /// <param name="results">What <see cref="Run"/> gave.</param>
    /// <param name="inputs">The batch as the module saw it.</param>
    /// <param name="labels">On the module's device; null without any.</param>
    /// <param name="mixture">How samples were mixed; null where none was.</param>
    /// <param name="indices">The samples' indices in <paramref name="data"/>.</param>
    /// <param name="data">What the batch is of.</param>
    /// <param name="position">Of the training, before the step.</param>
    /// <returns>A single number, the mean over the samples.</returns>
    public Tensor Of(
        IReadOnlyList<Tensor> results, Tensor inputs, Tensor? labels, LabelMixture? mixture, int[] indices, DataSet data, TrainingPosition position)
    {
        var values = Values(results[0], data);
        Tensor AgainstLabels(Tensor own)
        {
            Tensor Against(Tensor wanted) => data.Labels == LabelKind.Targets ? Losses.MeanSquaredError(own, wanted) : Losses.CrossEntropy(own, wanted, recipe.LabelSmoothing);
            return mixture?.Loss(labels!, Against) ?? Against(labels!);
        }

        return distilled is null
            ? AgainstLabels(values)
            : distilled.Loss(values, [.. results.Skip(1)], own => Values(own, data), labels is null ? null : AgainstLabels, new(data, inputs, indices, labels, mixture), position);
    }

    /// <summary>The distance of a batch without labels from what the teachers say.</summary>
    public Tensor FromTeachers(Tensor results, Tensor inputs, int[] indices, DataSet data) =>
        distilled!.Distance(Values(results, data), new(data, inputs, indices, null, null));

    /// <summary>Outputs as the losses read them: logits [n, classes, ...], or a regression's numbers.</summary>
    Tensor Values(Tensor results, DataSet data)
    {
        // Without labels nothing but the shape says that the classes are those of pixels.
        var isOfPixels = data.Labels == LabelKind.None && results.shape.Skip(2).Any(length => length != 1);
        var perSample = isOfPixels ? results : Evaluation.PerSample(results, data);
        return data.Labels == LabelKind.Targets ? perSample : Losses.Logits(perSample, outputs);
    }
}
