using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Coupling;

/// <summary>The axis of a weight over which a node sums its input's channels.</summary>
public sealed record WeightUse(NodeProto Node, string Initializer, int Axis);

/// <summary>An attribute that repeats the length of an axis, and the labels of that axis.</summary>
sealed record SizeAttribute(NodeProto Node, string Attribute, int[] Labels);
