namespace CompressTasks.Onnx;

/// <summary>What a model costs: the sums over its nodes, and the nodes that cost anything in the order in which they run.</summary>
/// <param name="Parameters">Elements of trainable weights, biases and scales; a shared tensor counts once.</param>
/// <param name="Buffers">Elements of the running statistics of BatchNormalization.</param>
/// <param name="Macs">Multiply-accumulates of convolutions, matrix products and recurrent cells for one run.</param>
/// <param name="Layers">Nodes with parameters or multiply-accumulates.</param>
public sealed record ModelCost(long Parameters, long Buffers, long Macs, IReadOnlyList<LayerCost> Layers)
{
    /// <summary>Floating point operations: two for each multiply-accumulate.</summary>
    public long Flops => 2 * Macs;
}
