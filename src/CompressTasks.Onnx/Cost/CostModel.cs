using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// Parameters and multiply-accumulates of a model, by node. Multiply-accumulates count Conv, ConvTranspose, Gemm, MatMul, Einsum, LSTM, GRU, RNN and
/// their quantised forms; biases, normalisations, activations and pooling are left out, as is usual. What a tensor counts as is said at <see cref="WeightRoles"/>.
/// </summary>
public static class CostModel
{
    /// <param name="model">The model; nodes inside If, Loop and Scan are not counted, as how often they run is not known.</param>
    /// <param name="shapes">Inferred with every input shape known.</param>
    /// <exception cref="ModelException">CMP0006: a node is to be counted whose shapes are not known.</exception>
    public static ModelCost Count(OnnxModel model, GraphShapes shapes)
    {
        var roles = WeightRoles.Of(model.Graph);
        var layers = new List<LayerCost>();
        foreach (var node in model.Graph.Node)
        {
            var macs = MultiplyAccumulates.Of(node, shapes, model.Path);
            var parameters = roles.ParametersOf(node);
            if (macs > 0 || parameters > 0) layers.Add(new(node.DisplayName(), node.OpType, parameters, macs));
        }

        return new(layers.Sum(layer => layer.Parameters), roles.Buffers, layers.Sum(layer => layer.Macs), layers);
    }

    /// <summary>Multiply-accumulates of one node; 0 for operators that are not counted.</summary>
    /// <exception cref="ModelException">CMP0006: the node is to be counted and its shapes are not known.</exception>
    public static long MacsOf(NodeProto node, GraphShapes shapes) => MultiplyAccumulates.Of(node, shapes, null);

    /// <summary>Names of the tensors that <see cref="ModelCost.Parameters"/> counts.</summary>
    public static IReadOnlySet<string> TrainableInitializers(OnnxModel model) => WeightRoles.Of(model.Graph).ParameterNames;
}
