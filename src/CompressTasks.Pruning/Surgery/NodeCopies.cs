using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Surgery;

/// <summary>Finds the copy of each node of a model in its clone.</summary>
sealed class NodeCopies
{
    readonly Dictionary<NodeProto, NodeProto> copies = new(ReferenceEqualityComparer.Instance);

    public NodeCopies(OnnxModel original, OnnxModel clone)
    {
        for (var i = 0; i < original.Graph.Node.Count; i++) copies[original.Graph.Node[i]] = clone.Graph.Node[i];
    }

    public NodeProto Of(NodeProto original) => copies[original];
}
