using CompressTasks.Onnx.Schema;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace CompressTasks.Training;

/// <summary>Computes one node. New tensors, the results too, belong to the dispose scope that is open while it runs.</summary>
delegate Outputs Kernel(Arguments arguments);

/// <summary>Reads a node's attributes once and returns what computes it; the meaning may depend on the operator set's version.</summary>
delegate Kernel KernelFactory(NodeProto node, int opset);

/// <summary>What a kernel may know of the run around it, and what lives as long as the run.</summary>
/// <param name="Device">Where new tensors are made.</param>
/// <param name="Training">True in training mode: batch normalisation uses the statistics of the batch.</param>
/// <param name="Statistics">How running statistics are updated.</param>
/// <param name="Batch">The batch size that the model was exported for and the one at hand.</param>
sealed record RunContext(Device Device, bool Training, NormalizationStatistics Statistics, FixedBatch Batch) : IDisposable
{
    readonly List<OrtValue> foreign = [];

    /// <summary>In what convolutions and matrix products are computed where that is not what their inputs are; null elsewhere.</summary>
    public ScalarType? Products { get; init; }

    /// <summary>A value that only ONNX Runtime can hold; it lives as long as the run.</summary>
    public Value Keep(OrtValue value)
    {
        foreign.Add(value);
        return Value.OfRuntime(value);
    }

    public void Dispose()
    {
        foreach (var value in foreign) value.Dispose();
    }
}
