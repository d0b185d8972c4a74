using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Coupling;

namespace CompressTasks.Pruning.Planning;

/// <summary>The tracked axes whose lengths are factors of a node's multiply-accumulates.</summary>
static class MacAxes
{
    public static TrackedAxis[] Of(NodeProto node, CouplingGraph graph) => [.. All(node, graph).OfType<TrackedAxis>()];

    static IEnumerable<TrackedAxis?> All(NodeProto node, CouplingGraph graph)
    {
        switch (node.OpType)
        {
            case "Conv" or "ConvTranspose":
                // [outputs, inputs of a group] or [inputs, outputs of a group]: either way the product counts each pair once.
                return [graph.Axis(node.Input[1], 0), graph.Axis(node.Input[1], 1)];
            case "MatMul" or "Gemm":
                var rank = graph.Shapes.Of(node.Output[0])?.Count ?? 0;
                var output = Enumerable.Range(0, rank).Select(axis => graph.Axis(node.Output[0], axis));
                var summed = node.OpType == "Gemm" && node.Int("transA", 0) == 1 ? 0 : (graph.Shapes.Of(node.Input[0])?.Count ?? 1) - 1;
                return output.Append(graph.Axis(node.Input[0], summed) ?? graph.Axis(node.Input[1], SummedOnTheRight(node, graph)));
            default:
                return [];
        }
    }

    static int SummedOnTheRight(NodeProto node, CouplingGraph graph) => node.OpType == "Gemm"
        ? (int)node.Int("transB", 0)
        : Math.Max(0, (graph.Shapes.Of(node.Input[1])?.Count ?? 2) - 2);
}
