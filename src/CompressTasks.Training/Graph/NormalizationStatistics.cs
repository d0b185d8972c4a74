using CompressTasks.Onnx.Schema;

namespace CompressTasks.Training;

/// <summary>
/// How running statistics follow the batches: exponentially, by each node's momentum, or as the plain average over all batches
/// since <see cref="Restart"/>, which is what re-estimation after surgery wants.
/// </summary>
sealed class NormalizationStatistics
{
    readonly Dictionary<NodeProto, int> batches = new(ReferenceEqualityComparer.Instance);

    readonly HashSet<NodeProto> frozen = new(ReferenceEqualityComparer.Instance);

    public bool Cumulative { get; set; }

    /// <summary>True for a node that keeps its running statistics, and normalises by them, also in training mode.</summary>
    public bool IsFrozen(NodeProto node) => frozen.Contains(node);

    public void Freeze(NodeProto node) => frozen.Add(node);

    public void Unfreeze() => frozen.Clear();

    public void Restart() => batches.Clear();

    /// <summary>The share that the batch at hand gets in the running statistics.</summary>
    public double UpdateRate(NodeProto node, double momentum)
    {
        if (!Cumulative) return 1 - momentum;
        var count = batches[node] = batches.GetValueOrDefault(node) + 1;
        return 1.0 / count;
    }
}
