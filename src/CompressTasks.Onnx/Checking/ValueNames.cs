namespace CompressTasks.Onnx;

/// <summary>Names that exist at one point of a graph; a subgraph sees those around it.</summary>
sealed class ValueNames(ValueNames? outer)
{
    readonly HashSet<string> names = new(StringComparer.Ordinal);

    public bool Contains(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.names.Contains(name)) return true;
        }

        return false;
    }

    /// <returns>False where the name exists already.</returns>
    public bool Add(string name) => !Contains(name) && names.Add(name);

    ValueNames? Outer { get; } = outer;
}
