using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// One call while it is unfolded: copies of the function's nodes that read and make the caller's values, and values of new names where
/// they are the function's own.
/// </summary>
sealed class FunctionCall
{
    readonly FunctionProto function;
    readonly NodeProto call;
    readonly FreshNames names, nodeNames;
    readonly string? file;
    readonly Scope values = new(null);
    readonly UnfoldedSize size;

    /// <param name="names">Of values.</param>
    /// <param name="nodeNames">Of nodes, which runtimes want to be unique too.</param>
    /// <param name="size">Of all that is unfolded, this call included.</param>
    public FunctionCall(FunctionProto function, NodeProto call, FreshNames names, FreshNames nodeNames, UnfoldedSize size, string? file)
    {
        this.size = size;
        (this.function, this.call, this.names, this.nodeNames, this.file) = (function, call, names, nodeNames, file);
        foreach (var (position, input) in function.Input.Index()) values.Add(input, call.InputOrNull(position) ?? "");
    }

    /// <summary>The function's nodes as nodes of the caller, in running order; calls among them are not unfolded.</summary>
    public IEnumerable<NodeProto> Nodes()
    {
        var passedOn = new List<(string Value, string Output)>();
        foreach (var (position, value) in function.Output.Index())
        {
            if (call.OutputOrNull(position) is not { } output) continue;
            // What a function gives back as it came, or twice, has a name already.
            if (values.Find(value) is not null) passedOn.Add((value, output));
            else values.Add(value, output);
        }

        foreach (var node in function.Node) yield return Instance(node, values);
        foreach (var (value, output) in passedOn)
        {
            yield return new NodeProto { OpType = "Identity", Name = nodeNames.Next(output), Input = { Read(value, values) }, Output = { output } };
        }
    }

    NodeProto Instance(NodeProto node, Scope scope)
    {
        size.Add(node.CalculateSize());
        var copy = node.Clone();
        if (node.Name.Length > 0) copy.Name = nodeNames.Next($"{call.DisplayName()}/{node.Name}");
        for (var i = 0; i < copy.Input.Count; i++) copy.Input[i] = Read(node.Input[i], scope);
        // Before attributes are resolved: a graph that the call hands over keeps the caller's names.
        foreach (var graph in Subgraphs.Of(copy)) Rename(graph, scope);
        for (var i = 0; i < copy.Output.Count; i++) copy.Output[i] = Make(node.Output[i], scope);
        AttributeProto[] attributes = [.. copy.Attribute.Select(Resolve).OfType<AttributeProto>()];
        copy.Attribute.Clear();
        copy.Attribute.AddRange(attributes);
        return copy;
    }

    /// <summary>
    /// An attribute that stands for one of the function's own is the call's, or the function's default, or left out where neither is there.
    /// </summary>
    AttributeProto? Resolve(AttributeProto written)
    {
        if (written.RefAttrName.Length == 0) return written;
        var given = call.Attribute(written.RefAttrName) ?? function.AttributeProto.FirstOrDefault(known => known.Name == written.RefAttrName);
        if (given is null) return null;
        size.Add(given.CalculateSize());
        var resolved = given.Clone();
        resolved.Name = written.Name;
        return resolved;
    }

    void Rename(GraphProto graph, Scope outer)
    {
        var scope = new Scope(outer);
        graph.ValueInfo.Clear();
        foreach (var input in graph.Input) input.Name = Make(input.Name, scope);
        foreach (var initializer in graph.Initializer) initializer.Name = scope.Own(initializer.Name) ?? Make(initializer.Name, scope);
        foreach (var values in graph.SparseInitializer.Select(sparse => sparse.Values).OfType<TensorProto>())
        {
            values.Name = scope.Own(values.Name) ?? Make(values.Name, scope);
        }

        for (var i = 0; i < graph.Node.Count; i++) graph.Node[i] = Instance(graph.Node[i], scope);
        foreach (var output in graph.Output) output.Name = Read(output.Name, scope);
    }

    string Read(string name, Scope scope)
    {
        if (name.Length == 0) return name;
        return scope.Find(name) ?? throw new ModelException(
            ModelException.InvalidGraph,
            $"The function '{function.Name}' reads '{name}', which is neither its input nor made before.",
            file);
    }

    string Make(string name, Scope scope)
    {
        if (name.Length == 0) return name;
        if (scope.Own(name) is { } known) return known;
        var made = names.Next($"{call.DisplayName()}/{name}");
        scope.Add(name, made);
        return made;
    }

    /// <summary>From the names of a function's values to those of the caller's; a subgraph's scope sees those around it.</summary>
    sealed class Scope(Scope? outer)
    {
        readonly Dictionary<string, string> own = new(StringComparer.Ordinal);

        Scope? Outer { get; } = outer;

        public void Add(string name, string value) => own[name] = value;

        public string? Own(string name) => own.GetValueOrDefault(name);

        public string? Find(string name)
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                if (scope.own.TryGetValue(name, out var value)) return value;
            }

            return null;
        }
    }
}
