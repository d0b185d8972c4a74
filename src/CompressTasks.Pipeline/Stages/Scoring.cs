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
    /// <param name="module">Runs the analysed model; needed by criteria with a loss.</param>
    /// <param name="data">Labelled samples, for the same.</param>
    /// <exception cref="PruningException">CMP0603 when the criterion needs data and there is none.</exception>
    public static double[] Score(CouplingGraph graph, PruneStage stage, GraphModule? module, DataSet? data, OutputKind outputs, int seed, CancellationToken cancellation)
    {
        switch (stage.Criterion)
        {
            case Criterion.Random:
                return RandomCriterion.Score(graph, seed);
            case Criterion.Taylor:
                if (module is null || data is not { HasLabels: true })
                {
                    throw new PruningException(PruningException.CriterionNeedsData, "The Taylor criterion needs labelled data.", hint: "Give labelled training data, or choose the criterion l2.");
                }

                return TaylorCriterion.Score(graph, module, SampleDraw.Batches(data, stage.Samples, seed), (output, batch) => Loss(output, batch, data, outputs), cancellation);
            default:
                return MagnitudeCriterion.Score(graph, cancellation);
        }
    }

    static Tensor Loss(Tensor output, Batch batch, DataSet data, OutputKind outputs)
    {
        var values = output.flatten(1);
        return data.Labels == LabelKind.Targets
            ? Losses.MeanSquaredError(values, batch.Labels!)
            : Losses.CrossEntropy(Losses.Logits(values, outputs), batch.Labels!);
    }
}
