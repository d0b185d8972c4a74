using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Puts the nodes of the model's own functions where they are called, calls inside functions and subgraphs included, so that everything
/// else sees operators only. Values of a function get names that the graph does not have yet.
/// </summary>
static class InlineFunctions
{
    /// <exception cref="ModelException">
    /// CMP0003 for functions that call themselves or read what is not theirs; CMP0004 for a function that is written for another version
    /// of an operator set than the model.
    /// </exception>
    public static bool Apply(OnnxModel model)
    {
        if (model.Proto.Functions.Count == 0) return false;
        var library = FunctionLibrary.Of(model);
        MergeImports(model, library);
        var nodeNames = new FreshNames(FunctionLibrary.AllNodes(model.Graph.Node).Select(node => node.Name));
        Unfold(model.Graph, new Unfolding(library, new FreshNames(model.Graph), nodeNames, new UnfoldedSize(model.Path), model.Path));
        var used = FunctionLibrary.AllNodes(model.Graph.Node).Select(node => FunctionLibrary.Canonical(node.Domain)).ToHashSet(StringComparer.Ordinal);
        foreach (var domain in model.Proto.Functions.Select(function => function.Domain).Distinct().Where(domain => !used.Contains(domain)).ToList())
        {
            foreach (var import in model.Proto.OpsetImport.Where(import => import.Domain == domain && domain.Length > 0).ToList())
            {
                model.Proto.OpsetImport.Remove(import);
            }
        }

        model.Proto.Functions.Clear();
        return true;
    }

    static void MergeImports(OnnxModel model, FunctionLibrary library)
    {
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var import in model.Proto.OpsetImport) versions.TryAdd(FunctionLibrary.Canonical(import.Domain), import.Version);
        foreach (var function in model.Proto.Functions)
        {
            // Of a domain that the function imports and does not use the version does not matter.
            var used = FunctionLibrary.AllNodes(function.Node)
                .Where(node => library.Find(node) is null)
                .Select(node => FunctionLibrary.Canonical(node.Domain))
                .ToHashSet(StringComparer.Ordinal);
            foreach (var import in function.OpsetImport)
            {
                var domain = FunctionLibrary.Canonical(import.Domain);
                if (!used.Contains(domain)) continue;
                if (versions.TryAdd(domain, import.Version))
                {
                    model.Proto.OpsetImport.Add(import.Clone());
                }
                else if (versions[domain] != import.Version)
                {
                    throw new ModelException(
                        ModelException.UnsupportedOpset,
                        $"The function '{function.Name}' is written for version {import.Version} of the operator set '{domain}', and the model for version {versions[domain]}.",
                        model.Path,
                        "Export the model again so that all of it uses one version, or convert it with ONNX's version converter.");
                }
            }
        }
    }

    sealed record Unfolding(FunctionLibrary Library, FreshNames Values, FreshNames Nodes, UnfoldedSize Size, string? File);

    static void Unfold(GraphProto graph, Unfolding unfolding)
    {
        var nodes = new List<NodeProto>(graph.Node.Count);
        foreach (var node in graph.Node) Unfold(node, nodes, unfolding);
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
    }

    static void Unfold(NodeProto node, List<NodeProto> target, Unfolding unfolding)
    {
        if (unfolding.Library.Find(node) is { } function)
        {
            var call = new FunctionCall(function, node, unfolding.Values, unfolding.Nodes, unfolding.Size, unfolding.File);
            foreach (var inner in call.Nodes()) Unfold(inner, target, unfolding);
            return;
        }

        foreach (var graph in Subgraphs.Of(node)) Unfold(graph, unfolding);
        target.Add(node);
    }
}
