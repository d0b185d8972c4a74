using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Names: every value is made once, before it is read, in graphs and their subgraphs.</summary>
static class GraphCheck
{
    public static void Check(OnnxModel model) => Check(model, model.Graph, new(StringComparer.Ordinal));

    static void Check(OnnxModel model, GraphProto graph, HashSet<string> outer)
    {
        var known = new HashSet<string>(outer, StringComparer.Ordinal);
        foreach (var input in graph.Input) known.Add(input.Name);
        foreach (var initializer in graph.Initializer) known.Add(initializer.Name);
        foreach (var sparse in graph.SparseInitializer) known.Add(sparse.Values?.Name ?? "");
        foreach (var node in graph.Node)
        {
            foreach (var input in node.Input)
            {
                if (input.Length > 0 && !known.Contains(input))
                {
                    throw new ModelException(ModelException.InvalidGraph, $"Node '{node.DisplayName()}' ({node.OpType}) reads '{input}', which nothing before it makes.", model.Path);
                }
            }

            foreach (var subgraph in Subgraphs.Of(node)) Check(model, subgraph, known);
            foreach (var output in node.Output)
            {
                if (output.Length > 0 && !known.Add(output))
                {
                    throw new ModelException(ModelException.InvalidGraph, $"Node '{node.DisplayName()}' ({node.OpType}) makes '{output}', which exists already.", model.Path);
                }
            }
        }
    }
}
