using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// The functions that a model brings along (operators made of operators), by domain, name and overload. A library can be unfolded: no
/// function calls itself, and what all calls unfold to is of a bounded size, however deep a file nests them.
/// </summary>
sealed class FunctionLibrary
{
    /// <summary>Calls inside calls; exporters nest two or three.</summary>
    public const int DeepestNesting = 100;

    /// <summary>Nodes that all calls together may unfold to.</summary>
    public const long MostNodes = 1_000_000;

    readonly Dictionary<(string, string, string), FunctionProto> functions = [];
    readonly string? file;

    FunctionLibrary(OnnxModel model) => file = model.Path;

    /// <exception cref="ModelException">CMP0003 for two functions of one name, recursion, and nesting beyond the bounds.</exception>
    public static FunctionLibrary Of(OnnxModel model)
    {
        var library = new FunctionLibrary(model);
        foreach (var function in model.Proto.Functions)
        {
            if (library.functions.TryAdd((Canonical(function.Domain), function.Name, function.Overload), function)) continue;
            throw library.Broken(function, "is there twice");
        }

        library.CheckSizes(model);
        return library;
    }

    /// <returns>The function that the node calls, or null for an operator.</returns>
    public FunctionProto? Find(NodeProto node) => functions.GetValueOrDefault((Canonical(node.Domain), node.OpType, node.Overload));

    public static string Canonical(string domain) => domain == "ai.onnx" ? "" : domain;

    /// <summary>The nodes and those of their subgraphs at any depth.</summary>
    public static IEnumerable<NodeProto> AllNodes(IEnumerable<NodeProto> nodes) =>
        nodes.SelectMany(node => Subgraphs.Of(node).SelectMany(graph => AllNodes(graph.Node)).Append(node));

    /// <summary>Takes functions in the order callees first, so that what is left over in the end calls itself.</summary>
    void CheckSizes(OnnxModel model)
    {
        // By identity: messages compare and hash by content, which here are whole functions.
        IEqualityComparer<FunctionProto> identity = ReferenceEqualityComparer.Instance;
        var calls = new Dictionary<FunctionProto, List<FunctionProto>>(identity);
        foreach (var function in functions.Values) calls[function] = Calls(function.Node);
        var callers = calls.SelectMany(pair => pair.Value.Distinct(identity).Select(callee => (Callee: callee, Caller: pair.Key)))
            .ToLookup(pair => pair.Callee, pair => pair.Caller, identity);
        var open = new Dictionary<FunctionProto, int>(identity);
        foreach (var (function, callees) in calls) open[function] = callees.Distinct(identity).Count();
        var ready = new Queue<FunctionProto>(functions.Values.Where(function => open[function] == 0));
        var sizes = new Dictionary<FunctionProto, (long Nodes, int Depth)>(identity);
        while (ready.TryDequeue(out var function))
        {
            var callees = calls[function].Select(callee => sizes[callee]).ToList();
            var nodes = callees.Aggregate((double)AllNodes(function.Node).Count(), (sum, callee) => sum + callee.Nodes);
            var depth = 1 + callees.Select(callee => callee.Depth).DefaultIfEmpty(0).Max();
            if (depth > DeepestNesting) throw Broken(function, $"nests calls more than {DeepestNesting} deep");
            sizes[function] = ((long)Math.Min(nodes, MostNodes + 1), depth);
            foreach (var caller in callers[function])
            {
                if (--open[caller] == 0) ready.Enqueue(caller);
            }
        }

        if (functions.Values.FirstOrDefault(function => !sizes.ContainsKey(function)) is { } recursive)
        {
            throw Broken(recursive, "calls itself, directly or through others");
        }

        var all = Calls(model.Graph.Node).Aggregate(0.0, (sum, callee) => sum + sizes[callee].Nodes);
        if (all > MostNodes)
        {
            throw new ModelException(ModelException.InvalidGraph, $"The model's functions unfold to more than {MostNodes} nodes.", file);
        }
    }

    List<FunctionProto> Calls(IEnumerable<NodeProto> nodes) => [.. AllNodes(nodes).Select(Find).OfType<FunctionProto>()];

    ModelException Broken(FunctionProto function, string what) =>
        new(ModelException.InvalidGraph, $"The function '{function.Name}' of the domain '{function.Domain}' {what}.", file);
}
