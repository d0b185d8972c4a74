using System.Runtime.InteropServices;
using CompressTasks.Onnx.Schema;
using Google.Protobuf.Collections;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx;

/// <summary>
/// Makes dense initializers of sparse ones, in memory, so that everything that works on weights sees all of them: ONNX's own form in
/// whatever layout of indices, and the steps that <see cref="SparseEncoding"/> writes.
/// </summary>
static class SparseDecoding
{
    /// <summary>Bytes of dense tensors that a byte of sparse ones may stand for: one weight in 12 bytes among 10,000.</summary>
    const int MostZeros = 4096;

    /// <summary>Bytes that are allowed beside.</summary>
    const long Allowance = 64L << 20;

    /// <returns>True where there was anything to decode in the main graph.</returns>
    /// <exception cref="ModelException">CMP0003 indices or values that do not fit the tensor.</exception>
    public static bool Decode(OnnxModel model)
    {
        var graph = model.Graph;
        var found = graph.SparseInitializer.Count > 0;
        CheckTotal(graph, model.Path);
        foreach (var sparse in graph.SparseInitializer) graph.Initializer.Add(sparse.ToDense(model.Path));
        graph.SparseInitializer.Clear();
        return DecodeSteps(graph, model.Path) | found;
    }

    /// <summary>A file of a few bytes must not ask for the memory of many large tensors.</summary>
    static void CheckTotal(GraphProto graph, string? file)
    {
        System.Numerics.BigInteger declared = 0, stored = Allowance;
        foreach (var sparse in graph.SparseInitializer)
        {
            var dense = new TensorProto { DataType = sparse.Values?.DataType ?? 0 };
            dense.Dims.AddRange(sparse.Dims.Select(length => Math.Max(0, length)));
            declared += TensorCheck.ByteCount(dense);
            stored += MostZeros * sparse.CalculateSize();
        }

        if (declared > stored) throw SparseTensors.Broken(graph.SparseInitializer[0].Values?.Name ?? "", "and others are sparse and declare more zeros than any network has", file);
    }

    static bool DecodeSteps(GraphProto graph, string? file)
    {
        var steps = graph.Initializer.Where(tensor => tensor.Name.EndsWith(SparseEncoding.Suffix, StringComparison.Ordinal)).ToArray();
        if (steps.Length == 0) return false;
        var index = new GraphIndex(graph);
        var (nodes, initializers) = (new HashSet<NodeProto>(), new HashSet<string>(StringComparer.Ordinal));
        var decoded = new List<TensorProto>();
        foreach (var tensor in steps)
        {
            if (Match(index, tensor) is not { } match) continue;
            decoded.Add(Dense(match, file));
            nodes.UnionWith(match.Nodes);
            initializers.UnionWith(match.Initializers);
        }

        if (decoded.Count == 0) return false;
        Keep(graph.Node, node => !nodes.Contains(node));
        Keep(graph.Initializer, tensor => !initializers.Contains(tensor.Name));
        graph.Initializer.AddRange(decoded);
        return true;
    }

    /// <summary>The operators must be exactly those that are written: what somebody else made of the graph since stays as it is.</summary>
    static StepsMatch? Match(GraphIndex index, TensorProto steps)
    {
        NodeProto? Only(string value, string type) =>
            index.Consumers(value) is [var node] && node.Is(type) && !index.Outputs.Contains(value) ? node : null;
        if (steps.ElementType() is not (DataType.Uint8 or DataType.Uint16)) return null;
        if (Only(steps.Name, "Cast") is not { } cast || Only(cast.Output[0], "CumSum") is not { } sum || sum.Attribute.Count > 0) return null;
        if (Only(sum.Output[0], "ScatterElements") is not { } scatter || scatter.Attribute.Count > 0 || scatter.Input[1] != sum.Output[0]) return null;
        if (index.Producer(scatter.Input[0]) is not { OpType: "ConstantOfShape", Attribute.Count: 0 } zeros || Only(zeros.Output[0], "ScatterElements") is null) return null;
        if (Only(scatter.Output[0], "Reshape") is not { } reshape || reshape.Attribute.Count > 0) return null;
        if (index.Initializer(scatter.Input[2]) is not { } values || values.ElementType() != DataType.Float) return null;
        if (index.Initializer(zeros.Input[0]) is not { } count || index.Initializer(reshape.Input[1]) is not { } shape || index.Initializer(sum.Input[1]) is not { } axis) return null;
        return new(reshape.Output[0], steps, values, shape, count, [cast, sum, zeros, scatter, reshape], [steps.Name, values.Name, shape.Name, count.Name, axis.Name]);
    }

    static TensorProto Dense(StepsMatch match, string? file)
    {
        var (steps, shape) = (match.Steps.ToLongs(), match.Shape.ToLongs());
        var values = match.Values.AsFloats();
        var count = match.Count.ToLongs() is [var only and >= 0 and < int.MaxValue] ? only : -1;
        if (steps.Length != values.Length || count < 0 || shape.Any(length => length < 0) || shape.Aggregate(1.0, (product, length) => product * length) != count)
        {
            throw SparseTensors.Broken(match.Name, "is stored by steps that do not fit its shape", file);
        }

        var dense = new float[count];
        long position = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            position += steps[i];
            if (position >= count) throw SparseTensors.Broken(match.Name, "is stored by steps that lead out of it", file);
            dense[position] = values[i];
        }

        return TensorData.FromBytes(match.Name, DataType.Float, shape, MemoryMarshal.AsBytes<float>(dense).ToArray());
    }

    static void Keep<T>(RepeatedField<T> list, Func<T, bool> isKept)
    {
        var kept = list.Where(isKept).ToArray();
        list.Clear();
        list.AddRange(kept);
    }

    sealed record StepsMatch(string Name, TensorProto Steps, TensorProto Values, TensorProto Shape, TensorProto Count, NodeProto[] Nodes, string[] Initializers);
}
