using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Criteria;

/// <summary>
/// Mean absolute scale of the batch normalisations that a unit passes through (Liu et al., Learning Efficient Convolutional Networks through
/// Network Slimming, 2017). Groups without any are judged by their L2 norm, brought to the mean of all others, so that they compete
/// as an average group does.
/// </summary>
public static class BatchNormScaleCriterion
{
    /// <exception cref="PruningException">CMP0603 where no unit of the model passes through a batch normalisation.</exception>
    public static double[] Score(CouplingGraph graph, CancellationToken cancellation = default)
    {
        var scales = graph.Model.Graph.Node.Where(node => node.Is("BatchNormalization")).Select(node => node.Input[1]).ToHashSet(StringComparer.Ordinal);
        var weights = UnitSums.Trainable(graph);
        IEnumerable<WeightSlice> Scales(PruningUnit unit) => unit.Slices.Where(slice => scales.Contains(slice.Initializer));
        var scores = UnitSums.Over(
            graph,
            Scales,
            (name, axis) => weights.TryGetValue(name, out var weight) ? UnitSums.ByIndex(weight, axis, UnitSums.Magnitudes) : null,
            cancellation);
        var normalised = new bool[scores.Length];
        foreach (var unit in graph.Units)
        {
            var count = Scales(unit).Sum(slice => slice.Indices.Length);
            normalised[unit.Index] = count > 0;
            if (count > 0) scores[unit.Index] /= count;
        }

        if (!normalised.Contains(true))
        {
            throw new PruningException(
                PruningException.CriterionNeedsData,
                "The criterion batch-norm-scale needs batch normalisations, and no channel that can go passes through one.",
                graph.Model.Path,
                "Choose the criterion l2. An exporter may have folded the normalisations into the convolutions: export in training mode to keep them.");
        }

        FillIn(graph, scores, normalised, cancellation);
        return scores;
    }

    static void FillIn(CouplingGraph graph, double[] scores, bool[] normalised, CancellationToken cancellation)
    {
        if (!normalised.Contains(false)) return;
        var mean = scores.Where((_, unit) => normalised[unit]).Average();
        var norms = MagnitudeCriterion.Score(graph, cancellation);
        foreach (var group in graph.Groups.Where(group => !normalised[group.Units[0]]))
        {
            var own = group.Units.Average(unit => norms[unit]);
            foreach (var unit in group.Units) scores[unit] = own > 0 ? norms[unit] / own * mean : 0;
        }
    }
}
