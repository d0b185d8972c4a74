namespace CompressTasks.Profiling;

/// <summary>Time that one node of the main graph takes in one run.</summary>
/// <param name="Index">The node's place in the graph.</param>
/// <param name="Milliseconds">Interquartile mean over the traced runs; 0 for a node that ONNX Runtime folded or fused into another one.</param>
public sealed record NodeTime(int Index, string Name, string Operator, double Milliseconds);
