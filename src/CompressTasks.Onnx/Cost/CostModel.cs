using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Parameters and multiply-accumulates of a model, by node. Multiply-accumulates count Conv, ConvTranspose, Gemm, MatMul, Einsum, LSTM,
/// GRU, RNN, attention in one operator and their quantised and fused forms; biases, normalisations, activations and pooling are left out, as is usual. What a tensor counts as
/// is said at <see cref="WeightRoles"/>.
/// </summary>
public static class CostModel
{
    /// <param name="model">The model; nodes inside If, Loop and Scan are not counted, as how often they run is not known.</param>
    /// <param name="shapes">Inferred with every input shape known.</param>
    /// <exception cref="ModelException">CMP0006: a node is to be counted whose shapes are not known.</exception>
    public static ModelCost Count(OnnxModel model, GraphShapes shapes)
    {
        try
        {
            var roles = WeightRoles.Of(model.Graph);
            LayerCost[] layers = [.. model.Graph.Node.Select(node => Count(node, roles, shapes, model.Path)).Where(IsCostly)];
            return new(layers.Sum(layer => layer.Parameters), roles.Buffers, layers.Sum(layer => layer.Macs), layers);
        }
        catch (OverflowException exception)
        {
            throw new ModelException(ModelException.Shape, "The model has more operations than can be counted.", model.Path, null, exception);
        }
    }

    /// <summary>Multiply-accumulates of one node; 0 for operators that are not counted.</summary>
    /// <exception cref="ModelException">CMP0006: the node is to be counted and its shapes are not known.</exception>
    public static long MacsOf(NodeProto node, GraphShapes shapes) => MultiplyAccumulates.Of(node, shapes, null);

    static LayerCost Count(NodeProto node, WeightRoles roles, GraphShapes shapes, string? file) =>
        new(node.DisplayName(), node.OpType, roles.ParametersOf(node), MultiplyAccumulates.Of(node, shapes, file));

    static bool IsCostly(LayerCost layer) => layer.Macs > 0 || layer.Parameters > 0;
}
