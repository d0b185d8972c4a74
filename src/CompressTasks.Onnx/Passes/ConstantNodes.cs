using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Turns Constant nodes into initializers of the same name. One that is itself a graph output stays a node.</summary>
static class ConstantNodes
{
    public static bool Apply(OnnxModel model)
    {
        var graph = model.Graph;
        var outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var kept = new List<NodeProto>(graph.Node.Count);
        foreach (var node in graph.Node)
        {
            if (ConstantValues.TensorOf(node) is { } value && !outputs.Contains(node.Output[0]))
            {
                var tensor = value.Clone();
                tensor.Name = node.Output[0];
                graph.Initializer.Add(tensor);
            }
            else
            {
                kept.Add(node);
            }
        }

        if (kept.Count == graph.Node.Count) return false;
        graph.Node.Clear();
        graph.Node.AddRange(kept);
        return true;
    }
}
