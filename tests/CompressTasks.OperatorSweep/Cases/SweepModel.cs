using CompressTasks.Onnx;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.OperatorSweep;

/// <summary>A case that can be run.</summary>
/// <param name="Description">Operator, element type, shapes and attributes, for messages.</param>
/// <param name="Model">A graph of one node; its outputs declare neither type nor shape.</param>
/// <param name="Feeds">The graph's inputs in their order.</param>
/// <param name="Type">Element type of the data.</param>
public sealed record SweepModel(string Description, OnnxModel Model, IReadOnlyList<SweepTensor> Feeds, DataType Type);
