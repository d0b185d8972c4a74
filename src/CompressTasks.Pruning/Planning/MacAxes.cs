using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>A node's multiply-accumulates as a sum, and the tracked axes whose lengths are factors of each summand.</summary>
static class MacAxes
{
    public static IEnumerable<(long Macs, TrackedAxis[] Axes)> Of(NodeProto node, CouplingGraph graph)
    {
        var macs = CostModel.MacsOf(node, graph.Shapes);
        if (macs == 0) return [];
        return node.OpType switch
        {
            "LSTM" or "GRU" or "RNN" => Recurrent(node, graph, macs),
            "Attention" when node.Domain.Length == 0 => Attention(node, graph, macs),
            "Attention" => ProjectedAttention(node, graph, macs),
            "MultiHeadAttention" or "GroupQueryAttention" => [(macs, Heads(node, graph))],
            _ => [(macs, [.. Factors(node, graph).OfType<TrackedAxis>()])],
        };
    }

    /// <summary>Every gate multiplies H units with I inputs and with the H units of the step before.</summary>
    static (long Macs, TrackedAxis[] Axes)[] Recurrent(NodeProto node, CouplingGraph graph, long macs)
    {
        var weight = graph.Shapes.TryGetKnown(node.Input[1], out var first) ? first : [];
        var recurrent = graph.Shapes.TryGetKnown(node.Input[2], out var second) ? second : [];
        var (inputs, hidden) = (weight[2], recurrent[2]);
        var (inputAxis, hiddenAxis) = (graph.Axis(node.Input[1], 2), graph.Axis(node.Input[2], 2));
        var ofInputs = macs / (inputs + hidden) * inputs;
        return
        [
            (ofInputs, [.. new[] { inputAxis, hiddenAxis }.OfType<TrackedAxis>()]),
            (macs - ofInputs, [.. new[] { hiddenAxis, hiddenAxis }.OfType<TrackedAxis>()]),
        ];
    }

    /// <summary>Every number of the queries meets every key, and every number of the output sums over the keys.</summary>
    static (long Macs, TrackedAxis[] Axes)[] Attention(NodeProto node, CouplingGraph graph, long macs)
    {
        long Elements(string value) => graph.Shapes.TryGetKnown(value, out var shape) ? shape.Aggregate(1L, (product, length) => product * length) : 0;
        TrackedAxis[] AxesOf(string value) => [.. Enumerable.Range(0, graph.Shapes.Of(value)!.Count).Select(axis => graph.Axis(value, axis)).OfType<TrackedAxis>()];
        var (queries, output) = (Elements(node.Input[0]), Elements(node.Output[0]));
        var ofQueries = macs / (queries + output) * queries;
        return [(ofQueries, AxesOf(node.Input[0])), (macs - ofQueries, AxesOf(node.Output[0]))];
    }

    /// <summary>The projection of every position, then the attention, of which only whole heads go.</summary>
    static (long Macs, TrackedAxis[] Axes)[] ProjectedAttention(NodeProto node, CouplingGraph graph, long macs)
    {
        if (!graph.Shapes.TryGetKnown(node.Input[0], out var input) || !graph.Shapes.TryGetKnown(node.Input[1], out var weight)) return [(macs, [])];
        var projection = input[0] * input[1] * weight[0] * weight[1];
        return
        [
            (projection, [.. new[] { graph.Axis(node.Input[1], 0), graph.Axis(node.Input[1], 1) }.OfType<TrackedAxis>()]),
            (macs - projection, Heads(node, graph)),
        ];
    }

    static TrackedAxis[] Heads(NodeProto node, CouplingGraph graph) => graph.SizeOf(node, "num_heads") is { } heads ? [heads] : [];

    static IEnumerable<TrackedAxis?> Factors(NodeProto node, CouplingGraph graph)
    {
        switch (node.OpType)
        {
            case "Conv" or "ConvTranspose" or "FusedConv" or "ConvInteger":
                // [outputs, inputs of a group] or [inputs, outputs of a group]: either way the product counts each pair once.
                return [graph.Axis(node.Input[1], 0), graph.Axis(node.Input[1], 1)];
            case "QLinearConv":
                return [graph.Axis(node.Input[3], 0), graph.Axis(node.Input[3], 1)];
            case "MatMul" or "Gemm" or "FusedMatMul" or "MatMulInteger":
                return Product(node, graph, node.Input[0], node.Input[1]);
            case "QLinearMatMul":
                return Product(node, graph, node.Input[0], node.Input[3]);
            case "Einsum":
                return Einsum(node, graph);
            default:
                return [];
        }
    }

    static IEnumerable<TrackedAxis?> Product(NodeProto node, CouplingGraph graph, string left, string right)
    {
        int Rank(string value) => graph.Shapes.Of(value)?.Count ?? 0;
        var output = Enumerable.Range(0, Rank(node.Output[0])).Select(axis => graph.Axis(node.Output[0], axis));
        var onTheLeft = Math.Max(0, Rank(left) - (node.Int("transA", 0) == 0 ? 1 : 2));
        var onTheRight = Math.Max(0, Rank(right) - (node.Int("transB", 0) == 0 ? 2 : 1));
        return output.Append(graph.Axis(left, onTheLeft) ?? graph.Axis(right, onTheRight));
    }

    /// <summary>Each letter is a factor once.</summary>
    static IEnumerable<TrackedAxis?> Einsum(NodeProto node, CouplingGraph graph)
    {
        var counted = new HashSet<string>(StringComparer.Ordinal);
        if (EinsumEquation.Parse(node) is not { } equation) yield break;
        for (var operand = 0; operand < node.Input.Count; operand++)
        {
            var rank = graph.Shapes.Of(node.Input[operand])!.Count;
            var letters = equation.InputLabels(operand, rank)!;
            for (var axis = 0; axis < rank; axis++)
            {
                if (graph.Axis(node.Input[operand], axis) is { } tracked && counted.Add(letters[axis])) yield return tracked;
            }
        }
    }
}
