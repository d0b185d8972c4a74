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

                return Taylor(
                    graph,
                    module,
                    () => TaylorCriterion.Score(graph, module, SampleDraw.Batches(data, stage.Samples, seed), (output, batch) => Loss(output, batch, data, outputs), cancellation),
                    cancellation);
            default:
                return MagnitudeCriterion.Score(graph, cancellation);
        }
    }

    /// <summary>
    /// Where no gradient comes, it says nothing of importance: such units are scored by magnitude, on the scale of the others.
    /// </summary>
    static double[] Taylor(CouplingGraph graph, GraphModule module, Func<double[]> score, CancellationToken cancellation)
    {
        var unreached = module.WeightsWithoutGradient.ToHashSet(StringComparer.Ordinal);
        if (unreached.Count == 0) return score();
        var magnitudes = MagnitudeCriterion.Score(graph, cancellation);
        if (unreached.Count == module.Weights.Count) return magnitudes;
        var scores = score();
        var reached = graph.Units
            .Where(unit => unit.Slices.Any(slice => module.Weights.ContainsKey(slice.Initializer) && !unreached.Contains(slice.Initializer)))
            .Select(unit => unit.Index)
            .ToHashSet();
        var (given, alike) = (reached.Sum(unit => scores[unit]), reached.Sum(unit => magnitudes[unit]));
        var scale = given > 0 && alike > 0 ? given / alike : 1;
        for (var unit = 0; unit < scores.Length; unit++)
        {
            if (!reached.Contains(unit)) scores[unit] = magnitudes[unit] * scale;
        }

        return scores;
    }

    static Tensor Loss(Tensor output, Batch batch, DataSet data, OutputKind outputs)
    {
        var values = output.flatten(1);
        return data.Labels == LabelKind.Targets
            ? Losses.MeanSquaredError(values, batch.Labels!)
            : Losses.CrossEntropy(Losses.Logits(values, outputs), batch.Labels!);
    }
}
