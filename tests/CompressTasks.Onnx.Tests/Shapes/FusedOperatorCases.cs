using CompressTasks.Onnx.Schema;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Onnx.Tests;

/// <summary>Cases of ONNX Runtime's own operators, and of operators with graphs inside.</summary>
static class FusedOperatorCases
{
    public static void AddTo(Action<string, int, Func<ModelBuilder, string>> add, Action<string, int, Func<ModelBuilder, string[]>> addMany)
    {
        void Fused(string name, string op, Func<ModelBuilder, IEnumerable<string>> inputs, object? attributes = null, int outputs = 1) =>
            addMany($"fused {name}", 17, b => b.Nodes($"com.microsoft.{op}", inputs(b), outputs, attributes));

        string W(ModelBuilder b, params long[] shape) => b.RandomWeight("w", shape, 4, 1);
        Fused("convolution", "FusedConv", b => [b.Input("x", 2, 4, 9, 9), W(b, 6, 2, 3, 3), W(b, 6)], new { group = 2, strides = new[] { 2, 2 }, activation = "Relu" });
        Fused("gemm", "FusedGemm", b => [b.Input("x", 5, 3), W(b, 4, 3)], new { transB = 1, activation = "Relu" });
        Fused("product", "FusedMatMul", b => [b.Input("x", 2, 5, 3), b.Input("y", 2, 4, 5)], new { transA = 1, transB = 1 });
        Fused("product of batches", "FusedMatMul", b => [b.Input("x", 5, 2, 3, 6), b.Input("y", 4, 2, 3, 5)], new { transA = 1, transB = 1, transBatchA = 1, transBatchB = 1 });
        Fused("gelu", "BiasGelu", b => [b.Input("x", 2, 5), W(b, 5)]);
        Fused("skip", "SkipLayerNormalization", b => [b.Input("x", 2, 3, 8), b.Input("y", 2, 3, 8), W(b, 8), W(b, 8)]);
        Fused("simplified skip", "SkipSimplifiedLayerNormalization", b => [b.Input("x", 2, 3, 8), b.Input("y", 2, 3, 8), W(b, 8)]);
        Fused(
            "embedding",
            "EmbedLayerNormalization",
            b => [b.TypedInput("x", DataType.Int32, 2, 3), "", W(b, 5, 8), W(b, 6, 8), "", W(b, 8), W(b, 8)],
            outputs: 3);
        Fused("attention", "Attention", b => [b.Input("x", 2, 5, 12), W(b, 12, 40), W(b, 40)], new { num_heads = 4, qkv_hidden_sizes = new[] { 16, 16, 8 } });
        Fused("attention with a past", "Attention", b => [b.Input("x", 2, 5, 12), W(b, 12, 48), W(b, 48), "", b.Input("p", 2, 2, 4, 3, 4)], new { num_heads = 4 }, outputs: 2);
        Fused("heads", "MultiHeadAttention", b => [b.Input("q", 2, 5, 16), b.Input("k", 2, 7, 16), b.Input("v", 2, 7, 24)], new { num_heads = 4 });
        Fused("heads split", "MultiHeadAttention", b => [b.Input("q", 2, 5, 16), b.Input("k", 2, 4, 7, 4), b.Input("v", 2, 4, 7, 4)], new { num_heads = 4 });
        Fused(
            "heads with a past",
            "MultiHeadAttention",
            b => [b.Input("q", 2, 2, 16), b.Input("k", 2, 2, 16), b.Input("v", 2, 2, 16), "", "", "", b.Input("pk", 2, 4, 3, 4), b.Input("pv", 2, 4, 3, 4)],
            new { num_heads = 4 },
            outputs: 3);
        Fused("quantised sum", "QLinearAdd", b => [Bytes(b, "x", 2, 3), b.Scalar(0.1f), Zero(b), Bytes(b, "y", 3), b.Scalar(0.1f), Zero(b), b.Scalar(0.2f), Zero(b)]);
        Fused("quantised pool", "QLinearGlobalAveragePool", b => [Bytes(b, "x", 2, 3, 4, 4), b.Scalar(0.1f), Zero(b), b.Scalar(0.2f), Zero(b)]);
        Fused("product of integers", "MatMulIntegerToFloat", b => [Bytes(b, "x", 2, 3), Bytes(b, "y", 3, 4), b.Scalar(0.1f), b.Scalar(0.2f)]);
        addMany("simplified layer normalization", 17, b => b.Nodes("SimplifiedLayerNormalization", [b.Input("x", 2, 3, 5), W(b, 3, 5)], 2, new { axis = 1 }));
        addMany("loop that carries", 17, b => b.Nodes("Loop", [Count(b, 3), "", b.Input("x", 2, 3)], 2, new { body = Body(grows: false) }));
        addMany("scan", 17, b =>
        {
            var body = new GraphProto { Name = "body", Input = { Value("sum", DataType.Float), Value("row", DataType.Float) }, Output = { Value("next", DataType.Float), Value("out", DataType.Float) } };
            body.Node.Add(Node("Add", "next", "sum", "row"));
            body.Node.Add(Node("Mul", "out", "next", "next"));
            return b.Nodes("Scan", [b.Weight("zero", [3], [0, 0, 0]), b.Input("x", 3, 4)], 2, new { body, num_scan_inputs = 1, scan_input_axes = new[] { 1 }, scan_output_axes = new[] { 1 } });
        });
        add("if", 17, b =>
        {
            b.Input("x", 2, 3);
            GraphProto Branch(string op) => new() { Name = op, Node = { Node(op, op + "_out", "x") }, Output = { Value(op + "_out", DataType.Float) } };
            return b.Node("If", [b.TypedInput("c", DataType.Bool)], new { then_branch = Branch("Relu"), else_branch = Branch("Neg") });
        });
    }

    /// <summary>A body that gives back what it carries, or one row more, and that as a scanned output.</summary>
    public static GraphProto Body(bool grows)
    {
        var body = new GraphProto { Name = "body", Input = { Value("i", DataType.Int64), Value("going", DataType.Bool), Value("carried", DataType.Float) } };
        body.Input[0].Type.TensorType.Shape = new TensorShapeProto();
        body.Input[1].Type.TensorType.Shape = new TensorShapeProto();
        body.Node.Add(Node("Identity", "still", "going"));
        body.Node.Add(grows ? Node("Concat", "next", "carried", "carried") : Node("Relu", "next", "carried"));
        if (grows) body.Node[1].Set("axis", 0);
        body.Node.Add(Node("Transpose", "turned", "next"));
        body.Output.AddRange([Value("still", DataType.Bool), Value("next", DataType.Float), Value("turned", DataType.Float)]);
        return body;
    }

    public static string Count(ModelBuilder b, long count) => b.Initializer(TensorData.FromLongs("count", [], [count]));

    static string Bytes(ModelBuilder b, string name, params long[] shape) => b.TypedInput(name, DataType.Uint8, [.. shape.Select(Dimension.Known)]);

    static string Zero(ModelBuilder b) => b.Initializer(TensorData.FromBytes("zero", DataType.Uint8, [], [3]));

    static NodeProto Node(string op, string output, params string[] inputs)
    {
        var node = new NodeProto { OpType = op, Name = output, Output = { output } };
        node.Input.AddRange(inputs);
        return node;
    }

    static ValueInfoProto Value(string name, DataType type) => new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } };
}
