using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Reconstruction;

namespace CompressTasks.Pruning.Surgery;

/// <summary>
/// Really removes units: slices the weights and mends the constants and attributes that hold sizes. The original is left as it is.
/// </summary>
public static class ModelSurgery
{
    static readonly IReadOnlyDictionary<string, float[]> NoConstants = new Dictionary<string, float[]>();
    static readonly IReadOnlyDictionary<NodeProto, RefittedConsumer> NoRefits = new Dictionary<NodeProto, RefittedConsumer>();

    /// <param name="graph">The analysed model.</param>
    /// <param name="removed">One flag per unit of <see cref="CouplingGraph.Units"/>.</param>
    /// <param name="constants">What removed channels leave behind, by value; see <see cref="ConstantCompensation"/>. Null: nothing.</param>
    /// <param name="refits">Layers that are fitted to the channels that stay; see <see cref="ConsumerRefit"/>. Null: none.</param>
    /// <returns>A new model; it keeps the original's path for messages.</returns>
    public static OnnxModel Remove(CouplingGraph graph, bool[] removed, IReadOnlyDictionary<string, float[]>? constants = null, RefittedConsumers? refits = null)
    {
        var result = graph.Model.Clone();
        var copies = new NodeCopies(graph.Model, result);
        if (refits is not null) ReplaceWeights(refits, result);
        SliceInitializers(graph, removed, result);
        foreach (var (node, attribute, axis) in graph.SizeAttributes)
        {
            copies.Of(node).Set(attribute, axis.CountLiving(removed));
        }

        // One for all edits: a model that is cut again has the names of the first cut already.
        var names = new FreshNames(result.Graph);
        new SizeMending(graph, removed, result, names).MendAll();
        ConstantCompensation.Apply(graph, removed, constants ?? NoConstants, refits?.Layers ?? NoRefits, result, copies, names);
        DropStaleShapes(graph, removed, result);
        RemoveUnusedInitializers(result);
        return result;
    }

    static void ReplaceWeights(RefittedConsumers refits, OnnxModel result)
    {
        var initializers = result.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var (node, refit) in refits.Layers) initializers[node.Input[1]].SetFloats(refit.Weight);
    }

    static void SliceInitializers(CouplingGraph graph, bool[] removed, OnnxModel result)
    {
        var initializers = result.Graph.Initializer;
        for (var i = 0; i < initializers.Count; i++)
        {
            for (var axis = 0; axis < initializers[i].Dims.Count; axis++)
            {
                if (graph.Axis(initializers[i].Name, axis) is not { } tracked) continue;
                var living = tracked.Living(removed);
                if (living.Length < tracked.Length) initializers[i] = initializers[i].Take(axis, living);
            }
        }
    }

    /// <summary>Shapes that the exporter wrote for intermediate values, and for initializers listed as inputs, follow the cut.</summary>
    static void DropStaleShapes(CouplingGraph graph, bool[] removed, OnnxModel result)
    {
        foreach (var info in result.Graph.ValueInfo.Concat(result.Graph.Input))
        {
            var dimensions = info.Type?.TensorType?.Shape?.Dim;
            for (var axis = 0; axis < (dimensions?.Count ?? 0); axis++)
            {
                if (graph.Axis(info.Name, axis) is { } tracked) dimensions![axis].DimValue = tracked.CountLiving(removed);
            }
        }
    }

    static void RemoveUnusedInitializers(OnnxModel result)
    {
        var index = new GraphIndex(result.Graph);
        for (var i = result.Graph.Initializer.Count - 1; i >= 0; i--)
        {
            var name = result.Graph.Initializer[i].Name;
            if (index.Consumers(name).Count == 0 && !index.Outputs.Contains(name)) result.Graph.Initializer.RemoveAt(i);
        }
    }
}
