using CompressTasks.Onnx;

namespace CompressTasks.Pruning.Tests;

/// <summary>Networks with several scales, skips and heads, and the operators that sample space.</summary>
static class DetectionGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["detection heads on three scales"] = b =>
        {
            var x = b.Relu(b.BatchNormalization(b.Conv(b.Input("x", "N", 3, 32, 32), 8, 3, padding: 1)));
            var predictions = new List<string>();
            for (var scale = 0; scale < 3; scale++)
            {
                x = b.Relu(b.Conv(x, 10, 3, stride: 2, padding: 1));
                // Two anchors of a box, an objectness and three classes.
                var y = b.Reshape(b.Conv(b.Relu(b.Conv(x, 6, 1)), 2 * 8, 1), 0, 2, 8, -1);
                predictions.Add(b.Reshape(b.Transpose(y, 0, 1, 3, 2), 0, -1, 8));
            }

            var parts = b.Split(b.Concat(1, [.. predictions]), 2, 2, 2, 4);
            var boxes = b.Concat(2, b.Mul(b.Sigmoid(parts[0]), b.Scalar(2)), b.Node("Exp", [parts[1]]));
            return [boxes, b.Sigmoid(parts[2])];
        },
        ["pyramid with features added from above"] = b =>
        {
            var low = b.Relu(b.Conv(b.Input("x", 1, 3, 16, 16), 6, 3, padding: 1));
            var high = b.Relu(b.Conv(low, 9, 3, stride: 2, padding: 1));
            var top = b.Conv(high, 7, 1);
            var sum = b.Add(b.Conv(low, 7, 1), b.Node("Resize", [top, "", b.Weight("scales", [4], [1, 1, 2, 2])], new { mode = "nearest" }));
            return [b.Conv(b.Relu(b.Conv(sum, 5, 3)), 3, 1), b.Conv(b.Relu(b.Conv(top, 5, 3)), 3, 1)];
        },
        ["regions of interest"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            var regions = b.Initializer(TensorData.FromFloats("regions", [2, 4], [0, 0, 4, 4, 1, 2, 6, 7]));
            x = b.Node("RoiAlign", [x, regions, b.Integers(0, 0)], new { output_height = 3, output_width = 3 });
            return [b.Gemm(b.Relu(b.Gemm(b.Flatten(x), 9)), 4)];
        },
        ["enlarged by an old operator (9)"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            return [NastyGraphs.Head(b, b.Conv(b.Node("Upsample", [x, b.Weight("scales", [4], [1, 1, 2, 2])]), 5, 1))];
        },
        ["mean and variance of each channel"] = b =>
        {
            var x = b.Node("MeanVarianceNormalization", [b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1)]);
            return [NastyGraphs.Head(b, b.Conv(b.Relu(x), 5, 1))];
        },
        ["one vector for scale and variance"] = b =>
        {
            var x = b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1);
            var shared = b.Weight("shared.running_var", [8], [.. Enumerable.Repeat(1f, 8)]);
            x = b.Node("BatchNormalization", [x, shared, b.RandomWeight("bias", [8], 1, 1), b.RandomWeight("mean", [8], 1, 1), shared]);
            return [NastyGraphs.Head(b, b.Relu(x))];
        },
        ["norms over channels"] = b =>
        {
            string Branch(string reduction) => b.Node(reduction, [b.Relu(b.Conv(NastyInput(b), 8, 3, padding: 1, bias: false))], new { axes = new[] { 1 } });
            return [Branch("ReduceL1"), Branch("ReduceL2"), Branch("ReduceSumSquare")];
        },
    };

    static string NastyInput(ModelBuilder b) => b.Shape("x") is null ? NastyGraphs.Image(b) : "x";
}
