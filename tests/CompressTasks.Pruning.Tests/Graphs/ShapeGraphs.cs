using CompressTasks.Onnx;

namespace CompressTasks.Pruning.Tests;

/// <summary>Networks for images of any size, whose shapes are put together while they run.</summary>
static class ShapeGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["resize to a skip's size"] = b =>
        {
            var skip = b.Relu(b.Conv(Any(b), 8, 3, padding: 1));
            var x = b.Relu(b.Conv(skip, 12, 3, stride: 2, padding: 1));
            var channels = b.Node("Slice", [b.Node("Shape", [x]), b.Integers(0), b.Integers(2)]);
            var space = b.Node("Slice", [b.Node("Shape", [skip]), b.Integers(2), b.Integers(4)]);
            x = b.Node("Resize", [x, "", "", b.Concat(0, channels, space)]);
            return [b.Conv(b.Relu(b.Conv(b.Concat(1, x, skip), 6, 3, padding: 1)), 2, 1)];
        },
        ["resize to a constant number of channels"] = b =>
        {
            var skip = b.Relu(b.Conv(Any(b), 8, 3, padding: 1));
            var x = b.Relu(b.Conv(skip, 12, 3, stride: 2, padding: 1));
            var shape = b.Node("Shape", [skip]);
            string Part(long from, long to) => b.Node("Slice", [shape, b.Integers(from), b.Integers(to)]);
            x = b.Node("Resize", [x, "", "", b.Concat(0, Part(0, 1), b.Integers(12), Part(2, 4))]);
            return [b.Conv(b.Add(b.Conv(x, 8, 1), skip), 2, 1)];
        },
        ["resize to a tensor of other channels"] = b =>
        {
            var skip = b.Relu(b.Conv(Any(b), 8, 3, padding: 1));
            var x = b.Relu(b.Conv(skip, 8, 3, stride: 2, padding: 1));
            x = b.Node("Resize", [x, "", "", b.Node("Shape", [skip])]);
            return [b.Conv(b.Relu(b.Conv(b.Concat(1, x, skip), 6, 1)), 2, 1)];
        },
        ["twice its shape"] = b =>
        {
            var x = b.Relu(b.Conv(Any(b), 8, 3, padding: 1));
            x = b.Node("Resize", [x, "", "", b.Node("Mul", [b.Node("Shape", [x]), b.Integers(1, 1, 2, 2)])]);
            return [b.Conv(b.Relu(b.Conv(x, 6, 1)), 2, 1)];
        },
        ["expanded to another's shape"] = b =>
        {
            var x = b.Relu(b.Conv(Any(b), 8, 3, padding: 1));
            var pooled = b.Relu(b.Conv(b.GlobalAveragePool(x), 8, 1));
            return [b.Conv(b.Concat(1, b.Node("Expand", [pooled, b.Node("Shape", [x])]), x), 2, 1)];
        },
        ["a token beside every image's"] = b =>
        {
            var x = b.Transpose(b.Node("Reshape", [b.Relu(b.Conv(b.Input("x", "N", 3, 8, 8), 8, 4, stride: 4)), b.Integers(0, 0, -1)]), 0, 2, 1);
            var batch = b.Node("Unsqueeze", [b.Node("Gather", [b.Node("Shape", [x]), b.Initializer(TensorData.FromLongs("zero", [], [0]))]), b.Integers(0)]);
            var list = b.Node("Reshape", [b.Concat(0, batch, b.Integers(-1), b.Integers(-1)), b.Integers(-1)]);
            var ones = b.Node("ConstantOfShape", [b.Node("Shape", [list])], new { value = TensorData.FromLongs("", [1], [1]) });
            var target = b.Node("Where", [b.Node("Equal", [list, b.Node("Mul", [ones, b.Integers(-1)])]), ones, list]);
            x = b.Concat(1, b.Node("Expand", [b.RandomWeight("token", [1, 1, 8], 1, 1), target]), x);
            return [b.MatMul(b.Relu(b.MatMul(x, 6)), 2)];
        },
        ["reshaped to a computed target"] = b =>
        {
            var x = b.Relu(b.Conv(Any(b), 12, 3, padding: 1));
            var shape = b.Node("Shape", [x]);
            string Part(long from, long to) => b.Node("Slice", [shape, b.Integers(from), b.Integers(to)]);
            x = b.Node("Reshape", [x, b.Concat(0, Part(0, 1), b.Integers(3, 4), Part(2, 4))]);
            x = b.Node("Reshape", [b.Transpose(x, 0, 2, 1, 3, 4), b.Concat(0, Part(0, 1), b.Integers(12), Part(2, 4))]);
            return [b.Conv(b.Relu(b.Conv(x, 6, 1)), 2, 1)];
        },
        ["scaled by its number of channels"] = b =>
        {
            var x = b.Relu(b.Conv(Any(b), 8, 3, padding: 1));
            var count = b.Node("Cast", [b.Node("ReduceProd", [b.Node("Shape", [x])], new { keepdims = 0 })], new { to = 1 });
            return [b.Conv(b.Relu(b.Conv(b.Node("Div", [x, count]), 6, 1)), 2, 1)];
        },
    };

    static string Any(ModelBuilder b) => b.Input("x", "N", 3, "H", "W");
}
