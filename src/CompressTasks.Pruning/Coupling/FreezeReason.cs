namespace CompressTasks.Pruning.Coupling;

/// <summary>Why an index cannot be removed, as it is shown to the user in the table of layers.</summary>
/// <param name="Name">A short stable name: "graph output", "unsupported operator", "normalised axis" ...</param>
/// <param name="Node">The node (or graph input or output) that stands in the way.</param>
public sealed record FreezeReason(string Name, string Node)
{
    public override string ToString() => Node.Length == 0 ? Name : $"{Name}: {Node}";
}
