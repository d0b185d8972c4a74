using System.Text.Json.Serialization;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>What a cut did to one layer that could have been pruned.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Before">Output channels, filters or neurons before.</param>
/// <param name="After">And after.</param>
/// <param name="Reason">Why none went, where none did.</param>
public sealed record LayerOutcome(string Name, string Operator, int Before, int After, string? Reason)
{
    /// <summary>Which node computes something else of the channels that stay, where those that went change its statistics; null for an exact cut.</summary>
    public string? Inexact { get; init; }

    /// <summary>The addition that ended the block that the layer went with; null where it is still there.</summary>
    public string? GoneWith { get; init; }

    /// <summary>How the layer made up for channels that it read and that went: least-squares, or mean and why no more; null where none went, or nothing else was asked for.</summary>
    public string? Compensation { get; init; }

    /// <summary>True where single weights are counted, false for channels, filters or neurons.</summary>
    public bool IsOfWeights { get; init; }

    /// <summary>What there is to say about the layer; empty where it was cut and nothing else was done or stands in doubt.</summary>
    [JsonIgnore]
    public string Note => GoneWith is { } block ? $"went with its block: {block}" : string.Join("; ", new[] { IsOfWeights ? "weights" : null, Reason, Inexact, Compensation }.OfType<string>());

    /// <summary>One entry per node that makes channels with a weight of its own, in graph order.</summary>
    public static IReadOnlyList<LayerOutcome> Of(CouplingGraph graph, bool[] removed)
    {
        var weights = graph.Model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var outcomes = new List<LayerOutcome>();
        foreach (var node in graph.Model.Graph.Node)
        {
            if (OutputAxis(node) is not var (operand, axisFromEnd) || operand >= node.Input.Count) continue;
            if (!weights.TryGetValue(node.Input[operand], out var weight)) continue;
            var axis = axisFromEnd >= 0 ? axisFromEnd : weight.Dims.Count + axisFromEnd;
            var before = (int)weight.Dims[axis] * (node.OpType == "ConvTranspose" ? (int)node.Int("group", 1) : 1);
            var output = node.Output.First(name => name.Length > 0);
            var tracked = graph.Axis(output, node.OpType is "Conv" or "ConvTranspose" or "FusedConv" ? 1 : (graph.Shapes.Of(output)?.Count ?? 0) - 1);
            var after = tracked?.CountLiving(removed) ?? before;
            outcomes.Add(new LayerOutcome(node.DisplayName(), node.OpType, before, after, after < before ? null : ReasonFor(graph, node, weight.Name, axis))
            {
                Inexact = after < before ? InexactnessOf(graph, tracked!, removed)?.ToString() : null,
            });
        }

        return outcomes;
    }

    /// <summary>What whole blocks that go do to the layers of a model.</summary>
    public static IReadOnlyList<LayerOutcome> Of(CouplingGraph graph, IReadOnlyList<ResidualBlock> blocks, bool[] removed)
    {
        var gone = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var block in blocks.Where(block => removed[block.Index]))
        {
            foreach (var node in block.Nodes) gone.TryAdd(node.DisplayName(), block.Name);
        }

        var inBlocks = blocks.SelectMany(block => block.Nodes).Select(node => node.DisplayName()).ToHashSet(StringComparer.Ordinal);
        return [.. Of(graph, new bool[graph.Units.Count]).Select(layer => gone.TryGetValue(layer.Name, out var with)
            ? layer with { After = 0, Reason = null, GoneWith = with }
            : layer with { Reason = inBlocks.Contains(layer.Name) ? "kept by the plan: its block scores higher than those that went" : "in no block that can go as a whole" })];
    }

    /// <summary>Two cuts, one after the other, as one: from the widths before the first to those after the second. Weights are told beside channels.</summary>
    public static IReadOnlyList<LayerOutcome> Merge(IReadOnlyList<LayerOutcome> first, IReadOnlyList<LayerOutcome> second)
    {
        LayerOutcome[] Of(IReadOnlyList<LayerOutcome> layers, bool weights) => [.. layers.Where(layer => layer.IsOfWeights == weights)];
        return [.. MergeAlike(Of(first, weights: false), Of(second, weights: false)), .. MergeAlike(Of(first, weights: true), Of(second, weights: true))];
    }

    static LayerOutcome[] MergeAlike(LayerOutcome[] first, LayerOutcome[] second)
    {
        if (first.Length == 0 || second.Length == 0) return first.Length == 0 ? second : first;
        // Layers without names of their own have the names of their outputs, which both cuts keep.
        var later = second.GroupBy(layer => layer.Name, StringComparer.Ordinal).ToDictionary(group => group.Key, group => new Queue<LayerOutcome>(group), StringComparer.Ordinal);
        return [.. first.Select(before => before.After > 0 && later.TryGetValue(before.Name, out var queue) && queue.TryDequeue(out var after)
            ? after with { Before = before.Before, Inexact = before.Inexact ?? after.Inexact, Compensation = after.Compensation ?? before.Compensation, Reason = after.After < before.Before ? null : after.Reason }
            : before)];
    }

    static (int Operand, int Axis)? OutputAxis(NodeProto node) => node switch
    {
        _ when node.Is("Conv") => (1, 0),
        _ when node.Is("ConvTranspose") => (1, 1),
        _ when node.Is("Gemm") => (1, node.Int("transB", 0) == 0 ? 1 : 0),
        _ when node.Is("MatMul") => (1, -1),
        _ when node.Is("LSTM") || node.Is("GRU") || node.Is("RNN") => (2, 2),
        { Domain: "com.microsoft", OpType: "FusedConv" } => (1, 0),
        { Domain: "com.microsoft", OpType: "FusedMatMul" } => (1, node.Int("transB", 0) == 0 ? -1 : -2),
        _ => null,
    };

    static FreezeReason? InexactnessOf(CouplingGraph graph, TrackedAxis axis, bool[] removed)
    {
        for (var index = 0; index < axis.Length; index++)
        {
            foreach (var unit in axis.UnitsOf(index))
            {
                if (removed[unit] && graph.Units[unit].Inexact is { } reason) return reason;
            }
        }

        return null;
    }

    static string ReasonFor(CouplingGraph graph, NodeProto node, string weight, int axis)
    {
        if (graph.Axis(weight, axis) is not null) return "kept by the plan: its units score higher than those that went";
        return graph.ReasonFor(weight, axis)?.ToString() ?? $"not analysed: {node.OpType}";
    }
}
