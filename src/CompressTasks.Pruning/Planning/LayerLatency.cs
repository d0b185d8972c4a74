using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>How long one node takes at several widths.</summary>
/// <param name="Node">The node's first output.</param>
/// <param name="Inputs">Input widths, ascending; one where inputs and outputs are the same channels or the inputs are fixed.</param>
/// <param name="Outputs">Output widths, ascending.</param>
/// <param name="Milliseconds">By input, then by output width.</param>
public sealed record LayerLatency(string Node, int[] Inputs, int[] Outputs, double[][] Milliseconds);

/// <summary>A node whose latency depends on widths that can be cut.</summary>
/// <param name="Inputs">Widest and only input width, null where it is not an axis of its own that can be cut.</param>
/// <param name="Outputs">The same for outputs.</param>
/// <param name="IsDepthwise">True where one axis is both, so that the width is under <paramref name="Outputs"/>.</param>
public sealed record TimedLayer(NodeProto Node, int? Inputs, int? Outputs, bool IsDepthwise)
{
    /// <summary>The convolutions and matrix products with a stored weight that a cut makes faster, in graph order.</summary>
    public static IReadOnlyList<TimedLayer> Of(CouplingGraph graph)
    {
        var stored = graph.Model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var layers = new List<TimedLayer>();
        foreach (var node in graph.Model.Graph.Node)
        {
            if (node.Input.Count < 2 || !stored.Contains(node.Input[1])) continue;
            if (AxesOf(node, graph) is not var (inputs, outputs) || (inputs ?? outputs) is null) continue;
            layers.Add(new TimedLayer(node, inputs?.Length, outputs?.Length, node.Is("Conv") && node.Int("group", 1) > 1));
        }

        return layers;
    }

    internal static (TrackedAxis? Inputs, TrackedAxis? Outputs)? AxesOf(NodeProto node, CouplingGraph graph)
    {
        if (node.Input.Count < 2) return null;
        var weight = node.Input[1];
        return node switch
        {
            // Grouped convolutions between one group and depthwise are left out: which lengths they may have is a matter of its own.
            _ when node.Is("Conv") && node.Int("group", 1) is var groups && (groups == 1 || HasOneChannelPerGroup(node, graph)) => (groups == 1 ? graph.Axis(weight, 1) : null, graph.Axis(weight, 0)),
            _ when node.Is("Gemm") => node.Int("transB", 0) == 0 ? (graph.Axis(weight, 0), graph.Axis(weight, 1)) : (graph.Axis(weight, 1), graph.Axis(weight, 0)),
            _ when node.Is("MatMul") && graph.Shapes.Of(weight)?.Count == 2 => (graph.Axis(weight, 0), graph.Axis(weight, 1)),
            _ => null,
        };
    }

    static bool HasOneChannelPerGroup(NodeProto node, CouplingGraph graph) =>
        graph.Shapes.TryGetKnown(node.Input[1], out var shape) && shape[1] == 1 && shape[0] == node.Int("group", 1);
}

/// <summary>Measured latencies as parts of a network's cost.</summary>
static class LatencyTerms
{
    public static IEnumerable<CostTerm> Of(CouplingGraph graph, IReadOnlyList<LayerLatency> latencies)
    {
        var byNode = latencies.ToDictionary(latency => latency.Node, StringComparer.Ordinal);
        foreach (var node in graph.Model.Graph.Node)
        {
            if (node.Output.Count == 0 || !byNode.TryGetValue(node.Output[0], out var latency) || TimedLayer.AxesOf(node, graph) is not var (inputs, outputs)) continue;
            yield return new TableTerm(latency, latency.Inputs.Length > 1 ? inputs : null, outputs);
        }
    }

    /// <summary>Bilinear between the measured widths, straight on beyond them.</summary>
    sealed class TableTerm(LayerLatency table, TrackedAxis? inputs, TrackedAxis? outputs) : CostTerm([.. new[] { inputs, outputs }.OfType<TrackedAxis>()])
    {
        public override double At(ReadOnlySpan<int> lengths)
        {
            var input = inputs is null ? table.Inputs[^1] : lengths[0];
            var output = outputs is null ? table.Outputs[^1] : lengths[^1];
            var (row, rowPart) = Place(table.Inputs, input);
            var (column, columnPart) = Place(table.Outputs, output);
            double Along(int at) => Between(table.Milliseconds[at], column, columnPart);
            return table.Inputs.Length == 1 ? Along(0) : Along(row) + ((Along(row + 1) - Along(row)) * rowPart);
        }

        static double Between(double[] values, int left, double part) => values.Length == 1 ? values[0] : values[left] + ((values[left + 1] - values[left]) * part);

        static (int Left, double Part) Place(int[] widths, int width)
        {
            if (widths.Length == 1) return (0, 0);
            var left = Math.Clamp(Array.FindLastIndex(widths, known => known <= width), 0, widths.Length - 2);
            return (left, (double)(width - widths[left]) / (widths[left + 1] - widths[left]));
        }
    }
}
