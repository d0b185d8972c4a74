using System.Numerics.Tensors;
using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Pruning.Compensation;

/// <summary>Adds a vector to the bias of nodes; a node without one gets it, a MatMul gets an Add behind it.</summary>
sealed class BiasInsertion(OnnxModel model, FreshNames names)
{
    readonly Dictionary<string, TensorProto> initializers = model.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    readonly Dictionary<NodeProto, NodeProto> additions = new(ReferenceEqualityComparer.Instance);

    public void Add(NodeProto node, DataType type, float[] bias)
    {
        var name = names.Next($"{node.Output[0]}/bias");
        if (node.OpType == "MatMul")
        {
            var output = node.Output[0];
            node.Output[0] = names.Next($"{output}/unbiased");
            AddInitializer(name, type, bias);
            additions[node] = new NodeProto { OpType = "Add", Name = name, Input = { node.Output[0], name }, Output = { output } };
            return;
        }

        if (node.InputOrNull(2) is { } known)
        {
            // A bias that another node computes, or that is broadcast, is left alone: the constant is then not compensated.
            if (!initializers.TryGetValue(known, out var tensor) || tensor.ElementCount() != bias.Length) return;
            TensorPrimitives.Add(tensor.ToFloats(), bias, bias);
        }

        AddInitializer(name, type, bias);
        while (node.Input.Count < 3) node.Input.Add("");
        node.Input[2] = name;
    }

    /// <summary>Puts the added nodes behind those that they belong to, in one pass.</summary>
    public void InsertNodes()
    {
        if (additions.Count == 0) return;
        NodeProto[] nodes = [.. model.Graph.Node];
        model.Graph.Node.Clear();
        foreach (var node in nodes)
        {
            model.Graph.Node.Add(node);
            if (additions.TryGetValue(node, out var addition)) model.Graph.Node.Add(addition);
        }
    }

    void AddInitializer(string name, DataType type, float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, Dims = { values.Length } };
        tensor.SetFloats(values);
        model.Graph.Initializer.Add(tensor);
    }
}
