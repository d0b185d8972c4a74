using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Who makes and who reads each value of one graph, at the moment that it was indexed. Build a new one after edits.</summary>
public sealed class GraphIndex
{
    readonly Dictionary<string, NodeProto> producers = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<NodeProto>> consumers = new(StringComparer.Ordinal);
    readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);

    public GraphIndex(GraphProto graph)
    {
        Graph = graph;
        foreach (var initializer in graph.Initializer) initializers[initializer.Name] = initializer;
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
            {
                if (output.Length > 0) producers[output] = node;
            }

            foreach (var input in node.Input) AddConsumer(input, node);
            foreach (var captured in Subgraphs.CapturedValues(node)) AddConsumer(captured, node);
        }

        Outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        Inputs = graph.Input.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
    }

    public GraphProto Graph { get; }

    /// <summary>Names of the graph's declared inputs (initializers that older models list there too included).</summary>
    public IReadOnlySet<string> Inputs { get; }

    public IReadOnlySet<string> Outputs { get; }

    public IReadOnlyDictionary<string, TensorProto> Initializers => initializers;

    public NodeProto? Producer(string value) => producers.GetValueOrDefault(value);

    /// <summary>Nodes that read the value, each once per use; nodes with a subgraph that captures it included.</summary>
    public IReadOnlyList<NodeProto> Consumers(string value) => consumers.TryGetValue(value, out var list) ? list : [];

    public TensorProto? Initializer(string value) => initializers.GetValueOrDefault(value);

    public bool IsInitializer(string value) => initializers.ContainsKey(value);

    void AddConsumer(string value, NodeProto node)
    {
        if (value.Length == 0) return;
        if (!consumers.TryGetValue(value, out var list)) consumers[value] = list = [];
        list.Add(node);
    }
}
