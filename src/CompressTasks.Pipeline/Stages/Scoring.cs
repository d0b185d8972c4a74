using System.Text.Json;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pipeline;

/// <summary>Scores units by the criterion that a recipe names.</summary>
static class Scoring
{
    /// <param name="module">Runs the analysed model; needed by criteria that look at data.</param>
    /// <param name="data">Samples for the same; labelled ones for criteria with a loss.</param>
    /// <exception cref="PruningException">CMP0603 when the criterion needs data and there is none.</exception>
    public static double[] Score(CouplingGraph graph, PruneStage stage, GraphModule? module, DataSet? data, OutputKind outputs, int seed, CancellationToken cancellation)
    {
        switch (stage.Criterion)
        {
            case Criterion.Random:
                return RandomCriterion.Score(graph, seed);
            case Criterion.WeightCorrelation:
                return WeightCorrelationCriterion.Score(graph, cancellation);
            case Criterion.ActivationMean or Criterion.ActivationVariance or Criterion.ZeroFraction or Criterion.OutputCorrelation:
                if (module is null || data is null) throw NeedsData(stage.Criterion, "data");
                return Watched(graph, stage.Criterion, module, SampleDraw.Batches(data, stage.Samples, seed), cancellation);
            case Criterion.Taylor or Criterion.OptimalBrainDamage:
                if (module is null || data is not { HasLabels: true }) throw NeedsData(stage.Criterion, "labelled data");
                var batches = SampleDraw.Batches(data, stage.Samples, seed);
                Tensor LossOf(Tensor output, Batch batch) => Loss(output, batch, data, outputs);
                return stage.Criterion == Criterion.Taylor
                    ? TaylorCriterion.Score(graph, module, batches, LossOf, cancellation)
                    : Damage(graph, OptimalBrainDamage.Score(module, batches, LossOf, stage.SecondDerivative, seed, cancellation));
            default:
                return MagnitudeCriterion.Score(graph, cancellation);
        }
    }

    static double[] Watched(CouplingGraph graph, Criterion criterion, GraphModule module, IEnumerable<Batch> batches, CancellationToken cancellation) => criterion switch
    {
        Criterion.ActivationMean => ActivationCriterion.Mean(graph, module, batches, cancellation),
        Criterion.ActivationVariance => ActivationCriterion.Variance(graph, module, batches, cancellation),
        Criterion.ZeroFraction => ActivationCriterion.NonZero(graph, module, batches, cancellation),
        _ => OutputCorrelationCriterion.Score(graph, module, batches, cancellation),
    };

    static double[] Damage(CouplingGraph graph, IReadOnlyDictionary<string, Tensor> elements)
    {
        var scores = UnitScores.FromElements(graph, elements);
        foreach (var tensor in elements.Values) tensor.Dispose();
        return scores;
    }

    static PruningException NeedsData(Criterion criterion, string what)
    {
        var name = JsonNamingPolicy.KebabCaseLower.ConvertName(criterion.ToString());
        return new PruningException(PruningException.CriterionNeedsData, $"The criterion {name} needs {what}.", hint: "Give such training data, or choose the criterion l2.");
    }

    static Tensor Loss(Tensor output, Batch batch, DataSet data, OutputKind outputs)
    {
        var values = output.flatten(1);
        return data.Labels == LabelKind.Targets
            ? Losses.MeanSquaredError(values, batch.Labels!)
            : Losses.CrossEntropy(Losses.Logits(values, outputs), batch.Labels!);
    }
}
