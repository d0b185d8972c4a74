using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>Counts what a sparse network has left.</summary>
public static class NonZeros
{
    /// <summary>Elements that are not 0.</summary>
    public static long In(TensorProto tensor) => ElementTypes.IsFloatingPoint(tensor.ElementType())
        ? tensor.ElementCount() - SparsePositions.Zeros(tensor.AsFloats())
        : tensor.ToLongs().LongCount(value => value != 0);

    /// <summary>Parameters (see <see cref="WeightRoles"/>) that are not 0; a shared tensor once.</summary>
    public static long Parameters(OnnxModel model)
    {
        var weights = WeightRoles.Of(model.Graph).Weights;
        return model.Graph.Initializer.Where(tensor => weights.Contains(tensor.Name)).Sum(In)
            + model.Graph.Node.Where(node => node.Output.Count > 0 && weights.Contains(node.Output[0])).Select(ConstantValues.TensorOf).OfType<TensorProto>().Sum(In);
    }
}
