using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Puts the branch that is taken in place of an If whose condition is known, as exporters write it for what depends on a rank or a length.
/// The branch's values get names that the graph does not have yet.
/// </summary>
static class InlineBranches
{
    public static bool Apply(OnnxModel model)
    {
        var graph = model.Graph;
        if (!graph.Node.Any(node => node.Is("If"))) return false;
        var shapes = ShapeInference.Infer(model);
        var names = new FreshNames(graph);
        var nodeNames = new FreshNames(FunctionLibrary.AllNodes(graph.Node).Select(node => node.Name));
        var nodes = new List<NodeProto>(graph.Node.Count);
        var changed = false;
        foreach (var node in graph.Node)
        {
            if (!node.Is("If") || shapes.Integers(node.Input[0]) is not [var condition] || node.Subgraph(condition != 0 ? "then_branch" : "else_branch") is not { } branch)
            {
                nodes.Add(node);
                continue;
            }

            nodes.AddRange(Unfolded(node, branch, graph, names, nodeNames));
            changed = true;
        }

        if (!changed) return false;
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        return true;
    }

    static IEnumerable<NodeProto> Unfolded(NodeProto choice, GraphProto branch, GraphProto graph, FreshNames names, FreshNames nodeNames)
    {
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        var own = branch.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        var passedOn = new List<(string Value, string Output)>();
        foreach (var (position, output) in branch.Output.Index())
        {
            if (choice.OutputOrNull(position) is not { } wanted) continue;
            // A value of the graph around, a stored tensor, or a value that is given back twice has a name of its own already.
            if (!own.Contains(output.Name) || !renamed.TryAdd(output.Name, wanted)) passedOn.Add((output.Name, wanted));
        }

        foreach (var initializer in branch.Initializer)
        {
            var stored = initializer.Clone();
            stored.Name = renamed[initializer.Name] = names.Next(initializer.Name);
            graph.Initializer.Add(stored);
        }

        foreach (var sparse in branch.SparseInitializer.Where(sparse => sparse.Values is not null))
        {
            // In the main graph all weights are dense.
            var stored = sparse.ToDense();
            stored.Name = renamed[sparse.Values.Name] = names.Next(sparse.Values.Name);
            graph.Initializer.Add(stored);
        }

        foreach (var value in own.Where(value => value.Length > 0 && !renamed.ContainsKey(value))) renamed[value] = names.Next(value);
        NodeProto[] nodes = [.. branch.Node.Select(node => node.Clone())];
        ValueRenaming.Apply(nodes, renamed);
        foreach (var node in nodes)
        {
            if (node.Name.Length > 0) node.Name = nodeNames.Next(node.Name);
            for (var i = 0; i < node.Output.Count; i++) node.Output[i] = renamed.GetValueOrDefault(node.Output[i], node.Output[i]);
        }

        var identities = passedOn.Select(pair => new NodeProto
        {
            OpType = "Identity",
            Name = nodeNames.Next(pair.Output),
            Input = { renamed.GetValueOrDefault(pair.Value, pair.Value) },
            Output = { pair.Output },
        });
        return nodes.Concat(identities);
    }
}
