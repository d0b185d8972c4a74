using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Pruning.Tests;

/// <summary>Attention in one operator, of the default domain and (named "fused ...") of ONNX Runtime's.</summary>
static class AttentionGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["attention in one operator (23)"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            return [b.MatMul(b.Node("Attention", [Linear(b, x, 12), Linear(b, x, 12), Linear(b, x, 20)], new { q_num_heads = 4, kv_num_heads = 4 }), 10)];
        },
        ["attention with grouped keys, a scale and a mask (23)"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            var mask = b.RandomWeight("mask", [1, 6, 5, 5], 1, 1);
            return [b.MatMul(b.Node("Attention", [Linear(b, x, 24), Linear(b, x, 12), Linear(b, x, 9), mask], new { q_num_heads = 6, kv_num_heads = 3, scale = 0.4f }), 10)];
        },
        ["attention over heads on an axis of their own (23)"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            string Heads(int count, int size) => b.Transpose(b.Reshape(Linear(b, x, count * size), 0, 0, count, size), 0, 2, 1, 3);
            var y = b.Node("Attention", [Heads(4, 3), Heads(2, 3), Heads(2, 5)], new { scale = 0.5f });
            return [b.MatMul(b.Reshape(b.Transpose(y, 0, 2, 1, 3), 0, 0, 20), 10)];
        },
        ["attention of rotated heads (23)"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            string[] caches = [b.RandomWeight("cos", [1, 5, 2], 1, 1), b.RandomWeight("sin", [1, 5, 2], 1, 1)];
            string Rotated() => b.Node("RotaryEmbedding", [Linear(b, x, 12), .. caches], new { num_heads = 3 });
            return [b.MatMul(b.Node("Attention", [Rotated(), Rotated(), Linear(b, x, 12)], new { q_num_heads = 3, kv_num_heads = 3 }), 10)];
        },
        ["fused attention of ONNX Runtime"] = b => [b.MatMul(b.MatMul(NastyGraphs.Tokens(b), 12, name: "fused self-attention"), 10)],
        ["fused attention with values of another size"] = b => [b.MatMul(b.MatMul(NastyGraphs.Tokens(b), 20, name: "fused self-attention"), 10)],
        ["fused attention of several heads"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            return [b.MatMul(b.Node("Attention", [b.MatMul(x, 12), b.MatMul(x, 12), b.MatMul(x, 12)], new { q_num_heads = 4, kv_num_heads = 4 }, "fused heads"), 10)];
        },
        ["fused attention with grouped keys"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            return [b.MatMul(b.Node("Attention", [b.MatMul(x, 64), b.MatMul(x, 32), b.MatMul(x, 32)], new { q_num_heads = 8, kv_num_heads = 4 }, "fused groups"), 10)];
        },
    };

    /// <summary>Makes the stand-in a node of ONNX Runtime's.</summary>
    public static void Fuse(OnnxModel model, NodeProto node)
    {
        var graph = model.Graph;
        switch (node.Name)
        {
            case "fused self-attention":
                Project(graph, node);
                break;
            case "fused heads":
                node.OpType = "MultiHeadAttention";
                node.Attribute.Clear();
                node.Set("num_heads", 4L);
                graph.Initializer.Add(Random("heads.bias", 36));
                node.Input.Add("heads.bias");
                break;
            case "fused groups":
                node.OpType = "GroupQueryAttention";
                node.Attribute.Clear();
                node.Set("num_heads", 8L);
                node.Set("kv_num_heads", 4L);
                graph.Initializer.Add(Integers("last", [1], 4));
                graph.Initializer.Add(Integers("total", [], 5));
                node.Input.AddRange(["", "", "last", "total"]);
                node.Output.AddRange(["present keys", "present values"]);
                foreach (var present in node.Output.Skip(1)) graph.ValueInfo.Add(Declared(present, 1, 4, 5, 8));
                break;
        }
    }

    /// <summary>The stand-in is a product with the values' columns; queries and keys of 12 are put in front.</summary>
    static void Project(GraphProto graph, NodeProto node)
    {
        var weight = graph.Initializer.First(tensor => tensor.Name == node.Input[1]);
        long rows = weight.Dims[0], values = weight.Dims[1], columns = 24 + values;
        graph.Initializer.Add(Random("projections", rows, columns));
        graph.Initializer.Add(Random("projections.bias", columns));
        graph.Initializer.Remove(weight);
        node.OpType = "Attention";
        node.Input[1] = "projections";
        node.Input.Add("projections.bias");
        node.Set("num_heads", 4L);
        if (values != 12) node.Set("qkv_hidden_sizes", [12, 12, values]);
    }

    static TensorProto Random(string name, params long[] shape)
    {
        var random = new Random(3);
        return TensorData.FromFloats(name, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, length) => product * length)).Select(_ => (float)(random.NextDouble() - 0.5))]);
    }

    static ValueInfoProto Declared(string value, params long[] shape)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = new TensorShapeProto() };
        type.Shape.Dim.AddRange(shape.Select(length => new TensorShapeProto.Types.Dimension { DimValue = length }));
        return new ValueInfoProto { Name = value, Type = new TypeProto { TensorType = type } };
    }

    static TensorProto Integers(string name, long[] shape, int value) => TensorData.FromBytes(name, DataType.Int32, shape, BitConverter.GetBytes(value));

    static string Linear(ModelBuilder b, string x, int width) => b.Add(b.MatMul(x, width), b.RandomWeight("bias", [width], 1, 1));
}
