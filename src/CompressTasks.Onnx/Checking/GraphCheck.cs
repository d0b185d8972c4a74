using CompressTasks.Onnx.Schema;
using Google.Protobuf.Collections;

namespace CompressTasks.Onnx;

/// <summary>
/// Every value of a graph or a function, their subgraphs included, is made once and before it is read; every operator's domain is imported.
/// </summary>
sealed class GraphCheck
{
    readonly OnnxModel model;
    readonly HashSet<string> domains;

    GraphCheck(OnnxModel model, IEnumerable<OperatorSetIdProto> imports)
    {
        this.model = model;
        domains = imports.Select(import => Canonical(import.Domain)).ToHashSet(StringComparer.Ordinal);
    }

    public static void Check(OnnxModel model)
    {
        new GraphCheck(model, model.Proto.OpsetImport).Check(model.Graph, new(null), isMain: true);
        foreach (var function in model.Proto.Functions)
        {
            new GraphCheck(model, model.Proto.OpsetImport.Concat(function.OpsetImport)).Check(function);
        }
    }

    void Check(FunctionProto function)
    {
        if (function.Name.Length == 0) throw Broken("A function has no name");
        var known = new ValueNames(null);
        foreach (var input in function.Input)
        {
            if (input.Length == 0 || !known.Add(input)) throw Broken($"Function '{function.Name}' has an input without a name or two of one name");
        }

        for (var i = 0; i < function.Node.Count; i++) Check(function.Node, i, known);
        foreach (var output in function.Output)
        {
            if (!known.Contains(output)) throw Broken($"The output '{output}' of function '{function.Name}' is made by no node");
        }
    }

    void Check(GraphProto graph, ValueNames known, bool isMain)
    {
        var inputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Input)
        {
            if (input.Name.Length == 0) throw Broken($"Graph '{graph.Name}' has an input without a name");
            if (!inputs.Add(input.Name)) throw Broken($"Graph '{graph.Name}' has two inputs '{input.Name}'");
            known.Add(input.Name);
        }

        var initializers = new HashSet<string>(StringComparer.Ordinal);
        var sparse = graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? "");
        foreach (var name in graph.Initializer.Select(tensor => tensor.Name).Concat(sparse))
        {
            if (!initializers.Add(name)) throw Broken($"Graph '{graph.Name}' has two initializers '{name}'");
            known.Add(name);
        }

        for (var i = 0; i < graph.Node.Count; i++) Check(graph.Node, i, known);
        foreach (var output in graph.Output)
        {
            if (!known.Contains(output.Name)) throw Broken($"The output '{output.Name}' of graph '{graph.Name}' is made by no node");
        }

        if (isMain && graph.Output.Count == 0) throw Broken("The graph has no output");
    }

    void Check(RepeatedField<NodeProto> nodes, int index, ValueNames known)
    {
        var node = nodes[index];
        if (node.OpType.Length == 0) throw Broken($"Node '{node.DisplayName()}' names no operator");
        if (!domains.Contains(Canonical(node.Domain)))
        {
            throw Broken($"{Describe(node)} is of the domain '{node.Domain}', which opset_import does not name");
        }
        if (node.Output.All(output => output.Length == 0)) throw Broken($"{Describe(node)} has no output");
        if (RequiredInputs.Missing(node) is { } missing) throw Broken($"{Describe(node)} lacks its input {missing}");
        AttributeCheck.Check(node, model.Path);
        foreach (var input in node.Input)
        {
            if (input.Length > 0 && !known.Contains(input))
            {
                throw Broken($"{Describe(node)} reads '{input}', which {WhoMakes(nodes, index, input)}");
            }
        }

        foreach (var subgraph in Subgraphs.Of(node)) Check(subgraph, new(known), isMain: false);
        foreach (var output in node.Output)
        {
            if (output.Length > 0 && !known.Add(output)) throw Broken($"{Describe(node)} makes '{output}', which exists already");
        }
    }

    static string WhoMakes(RepeatedField<NodeProto> nodes, int index, string value)
    {
        for (var i = index; i < nodes.Count; i++)
        {
            if (!nodes[i].Output.Contains(value)) continue;
            return i == index
                ? "it makes itself"
                : $"only the later node '{nodes[i].DisplayName()}' makes: the nodes form a cycle or are not in running order";
        }

        return "is no input, initializer or output of a node";
    }

    static string Describe(NodeProto node) => $"Node '{node.DisplayName()}' ({node.OpType})";

    static string Canonical(string domain) => domain == "ai.onnx" ? "" : domain;

    ModelException Broken(string what) => new(ModelException.InvalidGraph, what + ".", model.Path, "Export the model again with a current exporter.");
}
