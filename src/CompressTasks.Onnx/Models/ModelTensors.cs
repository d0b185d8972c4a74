using CompressTasks.Onnx.Schema;

namespace CompressTasks.Onnx;

/// <summary>
/// All tensors that a model holds: initializers, sparse ones, and those in attributes, at any depth of subgraphs and in functions.
/// </summary>
static class ModelTensors
{
    public static IEnumerable<TensorProto> Of(ModelProto model) =>
        Of(model.Graph).Concat(model.Functions.SelectMany(function => function.Node).SelectMany(Of));

    public static IEnumerable<TensorProto> Of(GraphProto graph) =>
        graph.Initializer.Concat(graph.SparseInitializer.SelectMany(Of)).Concat(graph.Node.SelectMany(Of));

    static IEnumerable<TensorProto> Of(NodeProto node) => node.Attribute.SelectMany(Of);

    static IEnumerable<TensorProto> Of(AttributeProto attribute)
    {
        if (attribute.T is not null) yield return attribute.T;
        foreach (var tensor in attribute.Tensors) yield return tensor;
        if (attribute.SparseTensor is not null)
        {
            foreach (var tensor in Of(attribute.SparseTensor)) yield return tensor;
        }

        foreach (var tensor in attribute.SparseTensors.SelectMany(Of)) yield return tensor;
        if (attribute.G is not null)
        {
            foreach (var tensor in Of(attribute.G)) yield return tensor;
        }

        foreach (var tensor in attribute.Graphs.SelectMany(Of)) yield return tensor;
    }

    static IEnumerable<TensorProto> Of(SparseTensorProto sparse)
    {
        if (sparse.Values is not null) yield return sparse.Values;
        if (sparse.Indices is not null) yield return sparse.Indices;
    }
}
