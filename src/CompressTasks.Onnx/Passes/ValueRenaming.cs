using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Lets the readers of some values read others instead, in subgraphs too.</summary>
public static class ValueRenaming
{
    /// <param name="nodes">The nodes whose inputs are renamed.</param>
    /// <param name="replacements">From the name read now to the one to read; chains are not followed.</param>
    public static void Apply(IEnumerable<NodeProto> nodes, IReadOnlyDictionary<string, string> replacements)
    {
        foreach (var node in nodes)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (replacements.TryGetValue(node.Input[i], out var name)) node.Input[i] = name;
            }

            foreach (var graph in Subgraphs.Of(node)) Apply(graph.Node, replacements);
        }
    }
}
