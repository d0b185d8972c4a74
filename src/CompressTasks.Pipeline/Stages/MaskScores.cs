using CompressTasks.Pruning;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Scores of single weights by the criterion that a recipe names; those that need data are taken once.</summary>
sealed class MaskScores(PruneStage stage, PruneSetting setting, MaskPlan plan, GraphModule module) : IDisposable
{
    GradientScores? gradients;

    /// <summary>By initializer, in the caller's dispose scope.</summary>
    /// <exception cref="PruningException">CMP0603 where the criterion needs labelled data.</exception>
    public Dictionary<string, Tensor> Of(CancellationToken cancellation)
    {
        if (ElementScores.NeedsNoData(stage.Criterion)) return OfWeights(stage.Criterion);
        if (setting.Data is not { HasLabels: true } data)
        {
            var name = PruneStageCheck.NameOf(stage.Criterion);
            throw new PruningException(PruningException.CriterionNeedsData, $"The criterion {name} needs labelled data.", hint: "Give labelled data, or choose the criterion l2.");
        }

        if (gradients is null)
        {
            gradients = new GradientScores(stage.Criterion, module, plan.Matrices);
            LossGradients.ForEachBatch(
                module,
                SampleDraw.Batches(data, stage.Samples, setting.Seed),
                (output, batch) => SampleLoss(output, batch, data),
                keepSum: false,
                () => gradients.Add(module),
                cancellation);
            module.zero_grad();
        }

        return gradients.Scores();
    }

    /// <summary>For finding out how many weights a budget allows: where a schedule decides while it trains, by magnitude.</summary>
    public Dictionary<string, Tensor> ForSearch(CancellationToken cancellation) =>
        stage.Schedule == Pruning.Schedules.PruningSchedule.OneShot ? Of(cancellation) : OfWeights(Criterion.L2);

    public void Dispose() => gradients?.Dispose();

    Dictionary<string, Tensor> OfWeights(Criterion criterion) => ElementScores.OfWeights(
        criterion, plan.Matrices, plan.Matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)module.Weights[matrix.Name], StringComparer.Ordinal), setting.Seed, 0);

    Tensor SampleLoss(Tensor output, Batch batch, DataSet data)
    {
        var values = output.flatten(1);
        return data.Labels == LabelKind.Targets
            ? Losses.MeanSquaredError(values, batch.Labels!)
            : Losses.CrossEntropy(Losses.Logits(values, setting.Outputs), batch.Labels!);
    }
}
