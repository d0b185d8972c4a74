using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Granularities;

/// <summary>Tells which units are attention heads: those along which a product of two computed values is done separately for each.</summary>
public static class AttentionHeads
{
    /// <returns>Indices of the groups whose units are heads.</returns>
    public static IReadOnlySet<int> GroupsOf(CouplingGraph graph)
    {
        var stored = graph.Model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var units = new HashSet<int>();
        foreach (var node in graph.Model.Graph.Node.Where(node => node.Input.Count >= 2 && !stored.Contains(node.Input[0]) && !stored.Contains(node.Input[1])))
        {
            foreach (var axis in SeparateAxes(node, graph))
            {
                for (var index = 0; index < axis.Length; index++) units.UnionWith(axis.UnitsOf(index).ToArray());
            }
        }

        return Enumerable.Range(0, graph.Groups.Count).Where(group => graph.Groups[group].Units.All(units.Contains)).ToHashSet();
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
