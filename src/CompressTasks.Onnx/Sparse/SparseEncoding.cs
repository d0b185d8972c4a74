using System.Runtime.InteropServices;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Writes weights with many zeros in less space, element by element the same. Two forms, of which each tensor takes the smaller one where
/// that is smaller than its dense form: ONNX's sparse initializer (12 bytes for each element that is not 0), and steps between their
/// positions, in 1 or 2 bytes each, which CumSum and ScatterElements turn into the tensor (5 or 6 bytes for each). ONNX Runtime does
/// both once, at load (the second by constant folding, which every optimisation level but "none" includes), and then runs as with dense
/// weights, no faster and no slower.
/// </summary>
static class SparseEncoding
{
    /// <summary>First operator set with ScatterElements and CumSum.</summary>
    const int StepsNeedOpset = 11;

    /// <summary>Every name that an encoded tensor adds begins with the tensor's own and this.</summary>
    public const string Suffix = "/steps";

    /// <returns>The model as it is to be written; the given one stays as it is.</returns>
    public static ModelProto Encode(ModelProto dense, int opset)
    {
        var model = dense.Clone();
        var graph = model.Graph;
        var taken = graph.Input.Concat(graph.Output).Select(value => value.Name).ToHashSet(StringComparer.Ordinal);
        var initializers = graph.Initializer.ToArray();
        graph.Initializer.Clear();
        var nodes = new List<NodeProto>();
        foreach (var tensor in initializers)
        {
            if (taken.Contains(tensor.Name) || !Encode(graph, nodes, tensor, opset)) graph.Initializer.Add(tensor);
        }

        // Before the nodes that read them.
        for (var i = 0; i < nodes.Count; i++) graph.Node.Insert(i, nodes[i]);
        return model;
    }

    static bool Encode(GraphProto graph, List<NodeProto> nodes, TensorProto tensor, int opset)
    {
        if (tensor.ElementType() != DataType.Float || tensor.Dims.Count == 0 || tensor.ElementCount() is 0 or > int.MaxValue) return false;
        var values = tensor.AsFloats();
        // 5 bytes are the least that an element can take.
        if (5L * (values.Length - SparsePositions.Zeros(values)) >= 4L * values.Length) return false;
        var positions = SparsePositions.Of(values);
        var best = Coordinates(tensor, values, positions);
        if (opset >= StepsNeedOpset)
        {
            foreach (var stepType in (ReadOnlySpan<DataType>)[DataType.Uint8, DataType.Uint16])
            {
                if (Steps(tensor, values, positions, stepType) is var steps && steps.Bytes < best.Bytes) best = steps;
            }
        }

        if (best.Bytes >= tensor.CalculateSize()) return false;
        graph.Initializer.AddRange(best.Initializers);
        graph.SparseInitializer.AddRange(best.Sparse);
        nodes.AddRange(best.Nodes);
        return true;
    }

    static Encoded Coordinates(TensorProto tensor, ReadOnlySpan<float> values, int[] positions)
    {
        var sparse = new SparseTensorProto
        {
            Values = TensorData.FromFloats(tensor.Name, [positions.Length], Gathered(values, positions)),
            Indices = TensorData.FromLongs("", [positions.Length], [.. positions.Select(position => (long)position)]),
        };
        sparse.Dims.AddRange(tensor.Dims);
        return new([], [sparse], []);
    }

    static Encoded Steps(TensorProto tensor, ReadOnlySpan<float> values, int[] positions, DataType stepType)
    {
        var listed = SparsePositions.WithFillers(positions, stepType == DataType.Uint8 ? byte.MaxValue : ushort.MaxValue).ToArray();
        var steps = new ushort[listed.Length];
        for (int i = 0, last = 0; i < steps.Length; last = listed[i++]) steps[i] = (ushort)(listed[i] - last);
        var name = tensor.Name + Suffix;
        var raw = stepType == DataType.Uint8 ? Array.ConvertAll(steps, step => (byte)step) : MemoryMarshal.AsBytes<ushort>(steps).ToArray();
        TensorProto[] initializers =
        [
            TensorData.FromBytes(name, stepType, [steps.Length], raw),
            TensorData.FromFloats(name + "/v", [steps.Length], Gathered(values, listed)),
            TensorData.FromLongs(name + "/n", [1], [values.Length]),
            TensorData.FromLongs(name + "/s", [tensor.Dims.Count], [.. tensor.Dims]),
            TensorData.FromLongs(name + "/a", [], [0]),
        ];
        var cast = Node("Cast", name + "/c", name);
        cast.Set("to", (long)DataType.Int32);
        NodeProto[] nodes =
        [
            cast,
            Node("CumSum", name + "/i", name + "/c", name + "/a"),
            Node("ConstantOfShape", name + "/0", name + "/n"),
            Node("ScatterElements", name + "/d", name + "/0", name + "/i", name + "/v"),
            Node("Reshape", tensor.Name, name + "/d", name + "/s"),
        ];
        return new(initializers, [], nodes);
    }

    static NodeProto Node(string type, string output, params ReadOnlySpan<string> inputs)
    {
        var node = new NodeProto { OpType = type };
        node.Input.AddRange(inputs.ToArray());
        node.Output.Add(output);
        return node;
    }

    static float[] Gathered(ReadOnlySpan<float> values, int[] positions)
    {
        var result = new float[positions.Length];
        for (var i = 0; i < result.Length; i++) result[i] = values[positions[i]];
        return result;
    }

    readonly record struct Encoded(TensorProto[] Initializers, SparseTensorProto[] Sparse, NodeProto[] Nodes)
    {
        public long Bytes =>
            Initializers.Sum(tensor => (long)tensor.CalculateSize()) + Sparse.Sum(tensor => (long)tensor.CalculateSize()) + Nodes.Sum(node => (long)node.CalculateSize());
    }
}
