using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;

namespace CompressTasks.Pruning.Tests;

/// <summary>Small graphs, each with one thing that makes structured pruning hard. All weights are random, normalisations and biases too.</summary>
static class NastyGraphs
{
    /// <summary>Lengths of dynamic axes.</summary>
    static readonly Dictionary<string, long> Lengths = new() { ["N"] = 2, ["T"] = 5, ["H"] = 8, ["W"] = 12 };

    static readonly Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> Plain = new()
    {
        ["chain"] = b => [Head(b, b.Relu(b.Conv(b.Relu(Bn(b, b.Conv(Image(b), 8, 3, padding: 1))), 12, 3)))],
        ["residual"] = b =>
        {
            var x = b.Relu(Bn(b, b.Conv(Image(b), 8, 3, padding: 1)));
            for (var i = 0; i < 3; i++) x = b.Relu(b.Add(x, Bn(b, b.Conv(b.Relu(Bn(b, b.Conv(x, 6, 3, padding: 1))), 8, 3, padding: 1))));
            return [Head(b, x)];
        },
        ["concat of concats"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 6, 3, padding: 1));
            for (var i = 0; i < 3; i++) x = b.Concat(1, x, b.Relu(b.Conv(x, 4, 3, padding: 1)));
            return [Head(b, Bn(b, x))];
        },
        ["split and concat"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 12, 1));
            var parts = b.Split(x, 1, 5, 7);
            var left = b.Relu(b.Conv(parts[0], 6, 3, padding: 1));
            return [Head(b, b.Concat(1, left, parts[1], parts[0]))];
        },
        ["depthwise"] = b =>
        {
            var x = b.Relu(Bn(b, b.Conv(Image(b), 8, 1)));
            x = b.Relu(Bn(b, b.Conv(x, 8, 3, padding: 1, groups: 8)));
            return [Head(b, b.Conv(x, 6, 1))];
        },
        ["depthwise with multiplier"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 4, 1));
            x = b.Relu(b.Conv(x, 12, 3, padding: 1, groups: 4));
            return [Head(b, b.Conv(x, 6, 1))];
        },
        ["grouped"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 12, 1));
            x = b.Relu(Bn(b, b.Conv(x, 18, 3, padding: 1, groups: 3)));
            return [Head(b, b.Conv(x, 6, 1))];
        },
        ["channel shuffle"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 12, 1));
            x = b.Relu(b.Conv(x, 12, 1, groups: 3));
            x = b.Reshape(b.Transpose(b.Reshape(x, 0, 3, 4, 8, 8), 0, 2, 1, 3, 4), 0, 12, 8, 8);
            x = b.Conv(x, 12, 3, padding: 1, groups: 12);
            return [Head(b, b.Conv(x, 9, 1, groups: 3))];
        },
        ["laid beside itself and grouped"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 3, 3, padding: 1));
            return [Head(b, b.Conv(b.Relu(b.Conv(b.Concat(1, x, x, x, x), 8, 1, groups: 4)), 5, 1))];
        },
        ["squeeze and excite"] = b =>
        {
            var x = b.Relu(Bn(b, b.Conv(Image(b), 10, 3, padding: 1)));
            var gate = b.Sigmoid(b.Conv(b.Relu(b.Conv(b.GlobalAveragePool(x), 4, 1)), 10, 1));
            return [Head(b, b.Mul(x, gate))];
        },
        ["spatial gate of one channel"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 8, 3, padding: 1));
            return [Head(b, b.Mul(x, b.Sigmoid(b.Conv(x, 1, 3, padding: 1))))];
        },
        ["flatten to gemm"] = b =>
        {
            var x = b.MaxPool(b.Relu(b.Conv(Image(b), 6, 3, padding: 1)), 2, 2);
            return [b.Gemm(b.Relu(b.Gemm(b.Flatten(x), 20)), 5)];
        },
        ["channels last flatten"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 6, 3, padding: 1));
            return [b.MatMul(b.Relu(b.MatMul(b.Reshape(b.Transpose(x, 0, 2, 3, 1), 1, -1), 12)), 5)];
        },
        ["shared weights"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 6, 3, padding: 1));
            var weight = b.RandomWeight("shared", [6, 6, 3, 3], 54, 1);
            for (var i = 0; i < 2; i++) x = b.Relu(b.Node("Conv", [x, weight], new { pads = new[] { 1, 1, 1, 1 } }));
            return [Head(b, b.Conv(x, 4, 1))];
        },
        ["several outputs"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 8, 3, padding: 1));
            var side = b.Conv(x, 3, 1);
            return [Head(b, b.Relu(b.Conv(x, 8, 3))), side];
        },
        ["output inside"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 8, 3, padding: 1));
            return [Head(b, b.Relu(b.Conv(x, 6, 3))), x];
        },
        ["transposed convolutions"] = b =>
        {
            var skip = b.Relu(Bn(b, b.Conv(Image(b), 6, 3, padding: 1)));
            var x = b.Relu(b.Conv(skip, 8, 3, stride: 2, padding: 1));
            x = b.Relu(b.ConvTranspose(x, 6, 2, stride: 2));
            return [b.Conv(b.Concat(1, x, skip), 2, 1)];
        },
        ["grouped transposed convolution"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 8, 1));
            x = b.Relu(b.ConvTranspose(x, 12, 2, stride: 2, groups: 2));
            return [Head(b, b.Conv(x, 4, 1))];
        },
        ["slice, gather, pad"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 12, 1));
            var low = b.Node("Slice", [x, b.Integers(2), b.Integers(7), b.Integers(1)]);
            var high = b.Node("Slice", [x, b.Integers(-1), b.Integers(5), b.Integers(1), b.Integers(-1)]);
            var picked = b.Node("Gather", [x, b.Integers(11, 0, 3, 3)], new { axis = 1 });
            var padded = b.Node("Pad", [picked, b.Integers(0, 1, 0, 0, 0, 2, 0, 0)]);
            return [Head(b, b.Concat(1, low, high, padded))];
        },
        ["pixel shuffle"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 16, 3, padding: 1));
            x = b.Relu(b.Node("DepthToSpace", [x], new { blocksize = 2, mode = "CRD" }));
            x = b.Node("SpaceToDepth", [b.Relu(b.Conv(x, 4, 3, padding: 1))], new { blocksize = 2 });
            x = b.Node("DepthToSpace", [b.Relu(b.Conv(x, 12, 1))], new { blocksize = 2, mode = "DCR" });
            return [Head(b, b.Conv(x, 4, 1))];
        },
        ["attention"] = b => [Attention(b, heads: 4, size: 6)],
        ["fused attention"] = b =>
        {
            var x = Tokens(b);
            var fused = b.Transpose(b.Reshape(b.Add(b.MatMul(x, 3 * 3 * 4), b.RandomWeight("qkv.bias", [36], 1, 1)), 0, 0, 3, 3, 4), 2, 0, 3, 1, 4);
            string Part(long index) => b.Node("Squeeze", [b.Node("Gather", [fused, b.Integers(index)]), b.Integers(0)]);
            var scores = b.Softmax(b.Node("MatMul", [Part(0), b.Transpose(Part(1), 0, 1, 3, 2)]));
            return [Project(b, b.Node("MatMul", [scores, Part(2)]), 12)];
        },
        ["prelu, clip and a constant per channel"] = b =>
        {
            var x = Bn(b, b.Conv(Image(b), 8, 3, padding: 1));
            x = b.Node("PRelu", [x, b.RandomWeight("slope", [8, 1, 1], 1, 0.3)]);
            x = b.Relu6(b.Mul(x, b.RandomWeight("scale", [1, 8, 1, 1], 1, 1)));
            return [Head(b, x)];
        },
        ["resize and pooling"] = b =>
        {
            var x = b.AveragePool(b.Relu(b.Conv(Image(b), 8, 3, padding: 1)), 2, 2);
            x = b.Node("Resize", [x, "", b.Weight("scales", [4], [1, 1, 2, 2])], new { mode = "nearest" });
            return [Head(b, x)];
        },
        ["reduction, squeeze and unsqueeze"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 8, 3, padding: 1));
            x = b.Node("ReduceMean", [x], new { axes = new[] { 2, 3 }, keepdims = 0 });
            x = b.Node("Squeeze", [b.Node("Unsqueeze", [x, b.Integers(2)]), b.Integers(2)]);
            return [b.Gemm(x, 5)];
        },
        ["condition over captured channels"] = b =>
        {
            var image = Image(b);
            var x = b.Relu(b.Conv(image, 8, 3, padding: 1));
            var inside = b.Relu(b.Conv(x, 6, 1));
            var branch = new GraphProto { Name = "branch" };
            branch.Node.Add(new NodeProto { OpType = "Abs", Input = { inside }, Output = { "chosen" } });
            branch.Output.Add(new ValueInfoProto { Name = "chosen", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } } });
            var condition = b.Node("Greater", [b.Node("ReduceMax", [image], new { keepdims = 0 }), b.Scalar(-100)]);
            var chosen = b.Node("If", [condition], new { then_branch = branch, else_branch = branch });
            return [Head(b, b.Concat(1, x, chosen))];
        },
        ["unknown operator in one branch"] = b =>
        {
            var x = b.Relu(b.Conv(Image(b), 8, 3, padding: 1));
            var strange = b.Node("ReverseSequence", [b.Conv(x, 4, 1), b.Integers(3)], new { batch_axis = 0, time_axis = 1 });
            return [Head(b, b.Concat(1, b.Relu(b.Conv(x, 6, 1)), strange))];
        },
    };

    static readonly Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> Graphs =
        new[] { Plain, RecurrentGraphs.All, NormalizationGraphs.All, IndexingGraphs.All, ShapeGraphs.All, QuantizedGraphs.All, AttentionGraphs.All, DetectionGraphs.All, MicrosoftGraphs.Exact, MicrosoftGraphs.Inexact }.SelectMany(part => part).ToDictionary();

    public static TheoryData<string> Names => [.. Graphs.Keys];

    /// <summary>Those in which normalisations take statistics over axes that can be cut.</summary>
    public static TheoryData<string> InexactNames => [.. NormalizationGraphs.All.Keys, .. MicrosoftGraphs.Inexact.Keys];

    public static OnnxModel Build(string name, int seed = 1)
    {
        // The newest form of an operator is asked for by its number in brackets.
        var builder = new ModelBuilder(seed, name.Split('(', ')') is [_, var opset, ..] ? int.Parse(opset, System.Globalization.CultureInfo.InvariantCulture) : 17);
        var model = builder.Build([.. Graphs[name](builder)]);
        RandomizeVectors(model, seed);
        MicrosoftGraphs.Fuse(model);
        return model;
    }

    /// <param name="further">Added to the length of each dynamic axis.</param>
    public static IReadOnlyDictionary<string, long[]> Shapes(OnnxModel model, long further = 0) => model.Graph.Input.ToDictionary(
        input => input.Name,
        input => input.Type.TensorType.Shape.Dim.Select(dimension => dimension.DimParam.Length > 0 ? Lengths[dimension.DimParam] + further : dimension.DimValue).ToArray());

    /// <summary>Biases, normalisation vectors and statistics start as 0 and 1, which would hide mistakes.</summary>
    static void RandomizeVectors(OnnxModel model, int seed)
    {
        var random = new Random(seed);
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.Dims.Count == 1 && tensor.ElementType() == TensorProto.Types.DataType.Float && !tensor.Name.StartsWith("scales", StringComparison.Ordinal)))
        {
            var isVariance = tensor.Name.EndsWith("running_var", StringComparison.Ordinal);
            tensor.SetFloats([.. Enumerable.Range(0, (int)tensor.Dims[0]).Select(_ => (float)(random.NextDouble() + (isVariance ? 0.5 : -0.5)))]);
        }
    }

    public static string Image(ModelBuilder b) => b.Input("x", 1, 3, 8, 8);

    public static string Tokens(ModelBuilder b) => b.Input("x", 1, 5, 10);

    static string Bn(ModelBuilder b, string input) => b.BatchNormalization(input);

    public static string Head(ModelBuilder b, string input) => b.Gemm(b.Flatten(b.GlobalAveragePool(input)), 5);

    static string Attention(ModelBuilder b, int heads, int size)
    {
        var x = Tokens(b);
        string Heads(string name) => b.Transpose(b.Reshape(b.Add(b.MatMul(x, heads * size), b.RandomWeight(name + ".bias", [heads * size], 1, 1)), 0, 0, heads, size), 0, 2, 1, 3);
        var scores = b.Softmax(b.Mul(b.Node("MatMul", [Heads("q"), b.Transpose(Heads("k"), 0, 1, 3, 2)]), b.Scalar(0.4f)));
        return Project(b, b.Node("MatMul", [scores, Heads("v")]), heads * size);
    }

    static string Project(ModelBuilder b, string heads, int width) => b.MatMul(b.Reshape(b.Transpose(heads, 0, 2, 1, 3), 0, 0, width), 10);
}
