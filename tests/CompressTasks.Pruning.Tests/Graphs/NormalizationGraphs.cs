using CompressTasks.Onnx;

namespace CompressTasks.Pruning.Tests;

/// <summary>Normalisations over axes that can be cut, each beside layers that are cut exactly.</summary>
static class NormalizationGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["layer normalisation"] = b => [Block(b, x => b.Node("LayerNormalization", [x, Vector(b, 8), Vector(b, 8)]))],
        ["layer normalisation written out"] = b => [Block(b, x =>
        {
            var d = b.Node("Sub", [x, Mean(b, x)]);
            var root = b.Node("Sqrt", [b.Add(Mean(b, b.Node("Pow", [d, b.Scalar(2)])), b.Scalar(1e-5f))]);
            return b.Add(b.Mul(b.Node("Div", [d, root]), Vector(b, 8)), Vector(b, 8));
        })],
        ["root mean square normalisation written out"] = b => [Block(b, x =>
        {
            var root = b.Node("Sqrt", [b.Add(Mean(b, b.Mul(x, x)), b.Scalar(1e-5f))]);
            return b.Mul(b.Mul(x, b.Node("Reciprocal", [root])), Vector(b, 8));
        })],
        ["root mean square normalisation (23)"] = b => [Block(b, x => b.Node("RMSNormalization", [x, Vector(b, 8)]))],
        ["local response normalisation"] = b => [Groups(b, x => b.Node("LRN", [x], new { size = 3, alpha = 0.5f, bias = 1.5f }))],
        ["logarithm of summed exponentials over channels"] = b =>
        {
            var x = b.Conv(NastyGraphs.Image(b), 12, 3, padding: 1);
            return [NastyGraphs.Head(b, b.Conv(b.Node("ReduceLogSumExp", [b.Conv(b.Relu(x), 6, 3)], new { axes = new[] { 1 } }), 4, 1))];
        },
        ["attention to space by what the channels are on average and at most"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            string Over(string name) => b.Node(name, [x], new { axes = new[] { 1 } });
            var where = b.Sigmoid(b.Conv(b.Concat(1, Over("ReduceMean"), Over("ReduceMax")), 1, 3, padding: 1));
            return [NastyGraphs.Head(b, b.Relu(b.Conv(b.Mul(x, where), 6, 1)))];
        },
        ["length normalisation"] = b => [Block(b, x => b.Node("LpNormalization", [x], new { axis = 2 }))],
        ["group normalisation (18)"] = b => [Groups(b, x => b.Node("GroupNormalization", [x, Vector(b, 3), Vector(b, 3)], new { num_groups = 3 }))],
        ["group normalisation per channel (21)"] = b => [Groups(b, x => b.Node("GroupNormalization", [x, Vector(b, 12), Vector(b, 12)], new { num_groups = 3 }))],
        ["group normalisation by reshapes"] = b => [Groups(b, x => Scaled(b, b.Reshape(Instance(b, b.Reshape(x, 0, 3, -1)), 1, 12, 8, 8)))],
        ["group normalisation by reshapes of dynamic size"] = b =>
        {
            var x = b.Relu(b.Conv(b.Input("x", "N", 3, "H", "W"), 12, 3, padding: 1));
            x = Scaled(b, b.Node("Reshape", [Instance(b, b.Reshape(x, 0, 3, -1)), b.Node("Shape", [x])]));
            return [NastyGraphs.Head(b, b.Conv(b.Relu(b.Conv(x, 5, 1)), 4, 1))];
        },
    };

    /// <summary>A token's width is normalised; the width of the layer in between is not.</summary>
    static string Block(ModelBuilder b, Func<string, string> normalize)
    {
        var x = b.MatMul(NastyGraphs.Tokens(b), 8);
        for (var i = 0; i < 2; i++) x = b.Add(x, b.MatMul(b.Relu(b.MatMul(normalize(x), 6)), 8));
        return b.MatMul(normalize(x), 4);
    }

    static string Groups(ModelBuilder b, Func<string, string> normalize)
    {
        var x = b.Conv(NastyGraphs.Image(b), 12, 3, padding: 1);
        return NastyGraphs.Head(b, b.Conv(b.Relu(normalize(x)), 6, 3));
    }

    static string Instance(ModelBuilder b, string x) => b.Node("InstanceNormalization", [x, Vector(b, 3), Vector(b, 3)]);

    static string Scaled(ModelBuilder b, string x) => b.Add(b.Mul(x, b.RandomWeight("gamma", [12, 1, 1], 1, 1)), b.RandomWeight("beta", [12, 1, 1], 1, 1));

    static string Mean(ModelBuilder b, string x) => b.Node("ReduceMean", [x], new { axes = new[] { -1 } });

    static string Vector(ModelBuilder b, long length) => b.RandomWeight("vector", [length], 1, 1);
}
