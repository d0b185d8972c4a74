using System.Globalization;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Names for new values that no value of the graph, its subgraphs included, has yet.</summary>
public sealed class FreshNames
{
    readonly HashSet<string> taken = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);

    public FreshNames(GraphProto graph) => Add(graph);

    /// <returns><paramref name="wish"/>, with a number behind it where that name is taken.</returns>
    public string Next(string wish)
    {
        var name = wish;
        while (!taken.Add(name))
        {
            numbers[wish] = numbers.GetValueOrDefault(wish) + 1;
            name = string.Create(CultureInfo.InvariantCulture, $"{wish}_{numbers[wish]}");
        }

        return name;
    }

    void Add(GraphProto graph)
    {
        taken.UnionWith(graph.Input.Concat(graph.Output).Select(value => value.Name));
        taken.UnionWith(graph.Initializer.Select(initializer => initializer.Name));
        foreach (var node in graph.Node)
        {
            taken.UnionWith(node.Output);
            foreach (var subgraph in Subgraphs.Of(node)) Add(subgraph);
        }
    }
}
