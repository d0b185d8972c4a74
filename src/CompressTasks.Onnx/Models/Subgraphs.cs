using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>The graphs that If, Loop and Scan carry in their attributes.</summary>
public static class Subgraphs
{
    public static IEnumerable<GraphProto> Of(NodeProto node)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.G is not null) yield return attribute.G;
            foreach (var graph in attribute.Graphs) yield return graph;
        }
    }

    /// <summary>Names that the node's subgraphs, at any depth, read from the graphs around them.</summary>
    public static IEnumerable<string> CapturedValues(NodeProto node) => Of(node).SelectMany(FreeValues).Distinct();

    static IEnumerable<string> FreeValues(GraphProto graph)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        known.UnionWith(graph.Input.Select(input => input.Name));
        known.UnionWith(graph.Initializer.Select(initializer => initializer.Name));
        known.UnionWith(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? ""));
        known.UnionWith(graph.Node.SelectMany(node => node.Output));
        return graph.Node
            .SelectMany(node => node.Input.Concat(CapturedValues(node)))
            .Concat(graph.Output.Select(output => output.Name))
            .Where(name => name.Length > 0 && !known.Contains(name));
    }
}
