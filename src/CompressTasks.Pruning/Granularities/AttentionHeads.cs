using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Granularities;

/// <summary>Tells which units are attention heads: those along which a product of two computed values is done separately for each.</summary>
public static class AttentionHeads
{
    static readonly HashSet<string> Fused = ["Attention", "MultiHeadAttention", "GroupQueryAttention"];

    /// <returns>Indices of the groups whose units are heads.</returns>
    public static IReadOnlySet<int> GroupsOf(CouplingGraph graph)
    {
        var stored = graph.Model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var units = new HashSet<int>();
        foreach (var node in graph.Model.Graph.Node)
        {
            var isOfTwoValues = node.Input.Count >= 2 && !stored.Contains(node.Input[0]) && !stored.Contains(node.Input[1]);
            foreach (var axis in Fused.Contains(node.OpType) ? FusedAxes(node, graph) : isOfTwoValues ? SeparateAxes(node, graph) : [])
            {
                for (var index = 0; index < axis.Length; index++) units.UnionWith(axis.UnitsOf(index).ToArray());
            }
        }

        return Enumerable.Range(0, graph.Groups.Count).Where(group => graph.Groups[group].Units.All(units.Contains)).ToHashSet();
    }

    /// <summary>The numbers of heads that the node is told, or the second axis of [batch, heads, length, size].</summary>
    static IEnumerable<TrackedAxis> FusedAxes(NodeProto node, CouplingGraph graph)
    {
        var told = new[] { "num_heads", "q_num_heads", "kv_num_heads" }.Select(attribute => graph.SizeOf(node, attribute));
        var seen = node.Input.Take(3).Where(input => input.Length > 0 && graph.Shapes.Of(input)?.Count == 4).Select(input => graph.Axis(input, 1));
        return told.Concat(seen).OfType<TrackedAxis>();
    }

    static IEnumerable<TrackedAxis> SeparateAxes(NodeProto node, CouplingGraph graph)
    {
        if (node.Is("MatMul") || node.OpType == "FusedMatMul")
        {
            var rank = graph.Shapes.Of(node.Output[0])?.Count ?? 0;
            return Enumerable.Range(0, Math.Max(0, rank - 2)).Select(axis => graph.Axis(node.Output[0], axis)).OfType<TrackedAxis>();
        }

        if (!node.Is("Einsum") || EinsumEquation.Parse(node) is not { Result: { } result } equation) return [];
        IReadOnlyList<string> Labels(int operand) => equation.InputLabels(operand, graph.Shapes.Of(node.Input[operand])?.Count ?? 0) ?? [];
        var (left, right) = (Labels(0), Labels(1));
        return Enumerable.Range(0, left.Count)
            .Where(axis => right.Contains(left[axis]) && result.Contains(left[axis], StringComparison.Ordinal))
            .Select(axis => graph.Axis(node.Input[0], axis))
            .OfType<TrackedAxis>();
    }
}
