using CompressTasks.Onnx;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Removes units of one model and makes good for them as its stage says.</summary>
sealed class CompensatedSurgery(PruneStage stage, PruneSetting setting, CouplingGraph graph, CancellationToken cancellation)
{
    RefittedConsumers? refits;

    /// <param name="means">What removed channels contribute on average.</param>
    /// <exception cref="PruningException">CMP0603 least squares without data.</exception>
    public OnnxModel Remove(bool[] removed, IReadOnlyDictionary<string, float[]> means)
    {
        refits = stage.Compensation == CompensationMethod.LeastSquares ? Fit(removed) : null;
        return ModelSurgery.Remove(graph, removed, stage.Compensation == CompensationMethod.None ? null : means, refits);
    }

    /// <summary>What the last call of <see cref="Remove"/> did to each layer.</summary>
    public IReadOnlyList<LayerOutcome> Outcomes(bool[] removed)
    {
        var layers = LayerOutcome.Of(graph, removed);
        if (refits is null) return layers;
        var notes = refits.Layers.Keys.Select(node => (Node: node, Note: "least squares"))
            .Concat(refits.NotFitted.Select(pair => (Node: pair.Key, Note: $"mean: {pair.Value}")))
            .ToLookup(pair => pair.Node.DisplayName(), pair => pair.Note);
        return [.. layers.Select(layer => layer with { Compensation = notes[layer.Name].FirstOrDefault() })];
    }

    RefittedConsumers Fit(bool[] removed)
    {
        if (setting.Data is not { } data)
        {
            throw new PruningException(PruningException.CriterionNeedsData, "The compensation least-squares needs data to fit layers to.", hint: "Give training data, or choose the compensation mean.");
        }

        using var module = new GraphModule(graph.Model);
        return ConsumerRefit.Solve(graph, removed, module, () => SampleDraw.Batches(data, stage.Samples, setting.Seed), cancellation: cancellation);
    }
}
