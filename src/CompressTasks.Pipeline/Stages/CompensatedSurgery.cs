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
/// <param name="module">Runs the analysed model; null to work on the weights alone.</param>
/// <param name="data">What it runs on; null where there is no module.</param>
sealed class CompensatedSurgery(PruneStage stage, CouplingGraph graph, GraphModule? module, DataSet? data, int seed, CancellationToken cancellation)
{
    readonly Lazy<IReadOnlyDictionary<string, float[]>> means = new(() => module is null
        ? DataFreeMeans.Estimate(graph)
        : MeasuredMeans.Estimate(graph, module, SampleDraw.Batches(data!, stage.Samples, seed), cancellation));

    RefittedConsumers? refits;

    /// <exception cref="PruningException">CMP0603 least squares without data.</exception>
    public OnnxModel Remove(bool[] removed)
    {
        refits = stage.Compensation == CompensationMethod.LeastSquares ? Fit(removed) : null;
        return ModelSurgery.Remove(graph, removed, stage.Compensation == CompensationMethod.None ? null : means.Value, refits);
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

    RefittedConsumers Fit(bool[] removed) => module is null || data is null
        ? throw new PruningException(PruningException.CriterionNeedsData, "The compensation least-squares needs data to fit layers to.", hint: "Give training data, or choose the compensation mean.")
        : ConsumerRefit.Solve(graph, removed, module, () => SampleDraw.Batches(data, stage.Samples, seed), cancellation: cancellation);
}
