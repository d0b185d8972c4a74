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
    IReadOnlyDictionary<string, Tensor>? damage;

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

        Tensor Loss(Tensor output, Batch batch) => SampleLosses.Mean(output, batch, data, setting.Outputs);
        if (stage.Criterion == Criterion.OptimalBrainDamage)
        {
            damage ??= OptimalBrainDamage.Score(module, SampleDraw.Batches(data, stage.Samples, setting.Seed), Loss, stage.SecondDerivative, setting.Seed, cancellation);
            return plan.Matrices.ToDictionary(matrix => matrix.Name, matrix => damage[matrix.Name].alias(), StringComparer.Ordinal);
        }

        if (gradients is null)
        {
            gradients = new GradientScores(stage.Criterion, module, plan.Matrices);
            LossGradients.ForEachBatch(
                module,
                SampleDraw.Batches(data, stage.Samples, setting.Seed),
                Loss,
                keepSum: false,
                () => gradients.Add(module),
                cancellation);
            module.zero_grad();
        }

        return gradients.Scores();
    }

    /// <summary>For finding out how many weights a budget allows: by magnitude where a schedule decides while it trains, and where scores compare within an output only.</summary>
    public Dictionary<string, Tensor> ForSearch(CancellationToken cancellation) =>
        stage.Schedule == Pruning.Schedules.PruningSchedule.OneShot && stage.Criterion is not (Criterion.Wanda or Criterion.OptimalBrainSurgeon) ? Of(cancellation) : OfWeights(Criterion.L2);

    /// <summary>Squared weights, for what a criterion says nothing of.</summary>
    public Dictionary<string, Tensor> ByMagnitude() => OfWeights(Criterion.L2);

    public void Dispose()
    {
        gradients?.Dispose();
        foreach (var scores in damage?.Values ?? []) scores.Dispose();
    }

    Dictionary<string, Tensor> OfWeights(Criterion criterion) => ElementScores.OfWeights(
        criterion, plan.Matrices, plan.Matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)module.Weights[matrix.Name], StringComparer.Ordinal), setting.Seed, 0);
}
