namespace CompressTasks.Profiling;

/// <summary>What one model costs, measured on its file.</summary>
/// <param name="Model">The file.</param>
/// <param name="SizeBytes">Bytes of the model's files.</param>
/// <param name="Parameters">Elements of trainable weights.</param>
/// <param name="Buffers">Elements of the running statistics of normalisations.</param>
/// <param name="Macs">Multiply-accumulates of one run.</param>
/// <param name="Flops">Floating point operations of one run: 2 x MACs.</param>
/// <param name="Inputs">The input shapes that costs were counted and times taken at.</param>
/// <param name="Latency">Time of one run.</param>
/// <param name="PeakMemoryBytes">Peak memory of loading and running (see <see cref="PeakMemory"/>); null where it was not asked for.</param>
/// <param name="Layers">Nodes that have parameters, do multiply-accumulates or take time, in graph order.</param>
public sealed record ModelProfile(
    string Model,
    long SizeBytes,
    long Parameters,
    long Buffers,
    long Macs,
    long Flops,
    IReadOnlyDictionary<string, long[]> Inputs,
    Latency Latency,
    long? PeakMemoryBytes,
    IReadOnlyList<LayerProfile> Layers)
{
    /// <summary>Parameters that are not 0, for a file that stores weights sparse; null for others.</summary>
    public long? NonZeroParameters { get; init; }
}

/// <summary>What one node costs.</summary>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The ONNX operator.</param>
/// <param name="Parameters">Elements of the weights that this node is the first to read.</param>
/// <param name="Macs">Multiply-accumulates of one run.</param>
/// <param name="LatencyMs">See <see cref="NodeTime"/>; null where node times were not asked for.</param>
public sealed record LayerProfile(string Name, string Operator, long Parameters, long Macs, double? LatencyMs);

/// <summary>Two models measured side by side.</summary>
/// <param name="LatencyRatio">Candidate's median latency over the original's.</param>
/// <param name="LatencyMinRatio">The same of the fastest runs.</param>
public sealed record ProfileComparison(ModelProfile Original, ModelProfile Candidate, double LatencyRatio, double LatencyMinRatio);
