using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>What a cut did to one layer that could have been pruned.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Before">Output channels, filters or neurons before.</param>
/// <param name="After">And after.</param>
/// <param name="Reason">Why none went, where none did.</param>
public sealed record LayerOutcome(string Name, string Operator, int Before, int After, string? Reason)
{
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
            var after = graph.Axis(node.Output[0], node.OpType is "Conv" or "ConvTranspose" ? 1 : (graph.Shapes.Of(node.Output[0])?.Count ?? 0) - 1)
                ?.CountLiving(removed) ?? before;
            var reason = after < before ? null : ReasonFor(graph, node, weight.Name, axis);
            outcomes.Add(new LayerOutcome(node.DisplayName(), node.OpType, before, after, reason));
        }

        return outcomes;
    }

    static (int Operand, int Axis)? OutputAxis(NodeProto node) => node switch
    {
        _ when node.Is("Conv") => (1, 0),
        _ when node.Is("ConvTranspose") => (1, 1),
        _ when node.Is("Gemm") => (1, node.Int("transB", 0) == 0 ? 1 : 0),
        _ when node.Is("MatMul") => (1, -1),
        _ => null,
    };

    static string ReasonFor(CouplingGraph graph, NodeProto node, string weight, int axis)
    {
        if (graph.Axis(weight, axis) is not null) return "kept by the plan: its units score higher than those that went";
        return graph.ReasonFor(weight, axis)?.ToString() ?? $"not analysed: {node.OpType}";
    }
}
