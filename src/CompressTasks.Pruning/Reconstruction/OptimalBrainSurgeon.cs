using CompressTasks.Onnx;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Reconstruction;

/// <summary>
/// Prunes single weights layer by layer so that each layer's outputs change as little as they can: the weights that stay make good for those
/// that go. Needs data, but neither labels nor training. Small layers are solved exactly (<see cref="RowElimination"/>,
/// <see cref="KeptWeights"/>), large ones swept (<see cref="ColumnSweep"/>). A bias that is the layer's own takes up what changes on average.
/// </summary>
public static class OptimalBrainSurgeon
{
    /// <summary>Chooses the weights that go, and updates those that stay.</summary>
    /// <param name="module">Its weights are overwritten; <see cref="GraphModule.WriteBack"/> is the caller's to call.</param>
    /// <param name="batches">The same batches at each call; each is disposed after use, labels are not read.</param>
    /// <param name="densities">Share of the elements that stay, 0 to 1, by weight; where <paramref name="grain"/> is a pattern, that says it.</param>
    /// <param name="grain">Single weights, or N of every M input channels of each tap.</param>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static SurgeonResult Prune(
        GraphModule module,
        Func<IEnumerable<Batch>> batches,
        IReadOnlyDictionary<string, double> densities,
        PruningGrain grain,
        SurgeonOptions? options = null,
        CancellationToken cancellation = default)
    {
        if (grain.Granularity is not (Granularity.Weight or Granularity.Pattern))
        {
            throw new ArgumentException("Masks of kernels and blocks are chosen first and then given to Reconstruct.", nameof(grain));
        }

        options ??= new SurgeonOptions();
        var surgery = new LayerSurgery(
            options,
            (layer, weights, inverse) => MaskChoice.Of(layer, weights, inverse, densities[layer.Weight], grain, options, cancellation),
            weight => MaskChoice.ByMagnitude(module.Weights[weight], densities[weight]));
        return Run(module, batches, densities.Keys, surgery, options, cancellation);
    }

    /// <summary>Sets to zero what masks remove, and updates the weights that they keep.</summary>
    /// <param name="module">Its weights are overwritten; <see cref="GraphModule.WriteBack"/> is the caller's to call.</param>
    /// <param name="batches">The same batches at each call; each is disposed after use, labels are not read.</param>
    /// <param name="masks">By weight, bool in its shape, true stays; they remain the caller's.</param>
    /// <exception cref="PruningException">CMP0603 no batch.</exception>
    public static SurgeonResult Reconstruct(
        GraphModule module,
        Func<IEnumerable<Batch>> batches,
        IReadOnlyDictionary<string, Tensor> masks,
        SurgeonOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new SurgeonOptions();
        var surgery = new LayerSurgery(
            options, (layer, _, _) => new(layer.ToMatrices(masks[layer.Weight]), null), weight => masks[weight].alias());
        return Run(module, batches, masks.Keys, surgery, options, cancellation);
    }

    static SurgeonResult Run(
        GraphModule module, Func<IEnumerable<Batch>> batches, IEnumerable<string> weights, LayerSurgery surgery, SurgeonOptions options, CancellationToken cancellation)
    {
        var wanted = weights.ToHashSet(StringComparer.Ordinal);
        LinearLayer[] layers = [.. LinearLayer.Of(module).Where(layer => wanted.Contains(layer.Weight))];
        var alike = layers.GroupBy(layer => layer.Weight).Where(uses => uses.All(uses.First().SeesAs)).Select(uses => uses.Key).ToHashSet(StringComparer.Ordinal);
        var index = new GraphIndex(module.Model.Graph);
        var masks = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var outcomes = new List<LayerReconstruction>();
        using var noGradient = no_grad();
        foreach (var part in SecondMoments.Parts(layers.Where(layer => alike.Contains(layer.Weight)), options.Sequential ? 0 : options.MomentBytes))
        {
            var moments = SecondMoments.Collect(module, part, batches(), cancellation);
            try
            {
                foreach (var (weight, moment) in moments)
                {
                    var bias = part.Count(layer => layer.Weight == weight) == 1 && moment.Layer.Bias is { } name && index.Consumers(name).Count == 1
                        ? module.Weights.GetValueOrDefault(name)
                        : null;
                    var (mask, outcome) = surgery.Operate(moment, module.Weights[weight], bias, cancellation);
                    masks[weight] = mask.DetachFromDisposeScope();
                    outcomes.Add(outcome);
                }
            }
            finally
            {
                foreach (var moment in moments.Values) moment.Dispose();
            }
        }

        foreach (var weight in wanted.Where(weight => !alike.Contains(weight)))
        {
            var (mask, outcome) = surgery.OnlyMask(weight, module.Weights[weight]);
            masks[weight] = mask.DetachFromDisposeScope();
            outcomes.Add(outcome);
        }

        return new SurgeonResult(masks, outcomes);
    }
}
