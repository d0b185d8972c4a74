using CompressTasks.Onnx;

namespace CompressTasks.Pruning.Tests.Blocks;

/// <summary>Networks with skip connections of several kinds, and how many of their blocks can go.</summary>
static class BlockGraphs
{
    static readonly Dictionary<string, (Func<ModelBuilder, IEnumerable<string>> Build, int Blocks)> Graphs = new()
    {
        ["residual network"] = (b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 6, 3, padding: 1));
            for (var i = 0; i < 3; i++) x = b.Relu(b.Add(b.BatchNormalization(b.Conv(b.Relu(b.Conv(x, 4, 3, padding: 1)), 6, 3, padding: 1)), x));
            return [NastyGraphs.Head(b, x)];
        }, 3),
        ["with a projection on the skip"] = (b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 6, 3, padding: 1));
            x = b.Relu(b.Add(b.Conv(x, 8, 3, stride: 2, padding: 1), b.Conv(x, 8, 1, stride: 2)));
            return [NastyGraphs.Head(b, b.Add(x, b.Conv(b.Relu(x), 8, 1)))];
        }, 1),
        ["normalisation first"] = (b =>
        {
            var x = NastyGraphs.Tokens(b);
            for (var i = 0; i < 2; i++)
            {
                x = b.Add(x, b.MatMul(b.Relu(b.MatMul(Normalized(b, x, $"norm{i}"), 12)), 10));
            }

            return [b.MatMul(x, 4)];
        }, 2),
        ["normalisation last"] = (b =>
        {
            var x = NastyGraphs.Tokens(b);
            for (var i = 0; i < 2; i++) x = Normalized(b, b.Add(b.MatMul(b.Relu(b.MatMul(x, 12)), 10), x), $"norm{i}");
            return [b.MatMul(x, 4)];
        }, 2),
        ["a block within a block"] = (b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 6, 3, padding: 1));
            var inner = b.Conv(x, 6, 1);
            inner = b.Add(inner, b.Relu(b.Conv(inner, 6, 3, padding: 1)));
            return [NastyGraphs.Head(b, b.Add(x, b.Conv(inner, 6, 1)))];
        }, 2),
        ["the branch is read elsewhere"] = (b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 6, 3, padding: 1));
            var middle = b.Relu(b.Conv(x, 5, 1));
            var y = b.Add(x, b.Conv(middle, 6, 1));
            return [NastyGraphs.Head(b, y), NastyGraphs.Head(b, middle)];
        }, 1),
        ["the addition is an output"] = (b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 6, 3, padding: 1));
            return [b.Add(x, b.Conv(x, 6, 1)), NastyGraphs.Head(b, x)];
        }, 1),
        ["an activation by hand is no block"] = (b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 6, 3, padding: 1));
            return [NastyGraphs.Head(b, b.Add(x, b.Mul(b.Sigmoid(x), x)))];
        }, 0),
    };

    public static TheoryData<string> Names => [.. Graphs.Keys];

    public static int BlocksOf(string name) => Graphs[name].Blocks;

    public static OnnxModel Build(string name)
    {
        var builder = new ModelBuilder(3);
        return builder.Build([.. Graphs[name].Build(builder)]);
    }

    static string Normalized(ModelBuilder b, string x, string name) =>
        b.Node("LayerNormalization", [x, b.RandomWeight(name + ".scale", [10], 1, 1), b.RandomWeight(name + ".shift", [10], 1, 1)], new { axis = -1 });
}
