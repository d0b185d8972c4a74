using System.Globalization;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Names that nothing has yet: by default for new values of a graph, its subgraphs included.</summary>
public sealed class FreshNames
{
    readonly HashSet<string> taken = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);

    public FreshNames(GraphProto graph) => Add(graph);

    internal FreshNames(IEnumerable<string> taken) => this.taken.UnionWith(taken);

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
        taken.UnionWith(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? ""));
        foreach (var node in graph.Node)
        {
            taken.UnionWith(node.Output);
            foreach (var subgraph in Subgraphs.Of(node)) Add(subgraph);
        }
    }
}
