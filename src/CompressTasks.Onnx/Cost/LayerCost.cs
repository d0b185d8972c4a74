namespace CompressTasks.Onnx;

/// <summary>What one node costs.</summary>
/// <param name="Name">How reports call the node: its name, else its first output.</param>
/// <param name="Operator">The ONNX operator.</param>
/// <param name="Parameters">Elements of the weights that this node is the first to read.</param>
/// <param name="Macs">Multiply-accumulates for one run at the inferred shapes.</param>
public sealed record LayerCost(string Name, string Operator, long Parameters, long Macs);
