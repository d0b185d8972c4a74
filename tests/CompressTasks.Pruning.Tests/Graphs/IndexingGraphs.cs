using CompressTasks.Onnx;

namespace CompressTasks.Pruning.Tests;

/// <summary>Operators that look up, write, order or sum along one axis while others are cut, and Einsum.</summary>
static class IndexingGraphs
{
    public static Dictionary<string, Func<ModelBuilder, IEnumerable<string>>> All { get; } = new()
    {
        ["attention by einsum"] = b =>
        {
            var x = NastyGraphs.Tokens(b);
            string Heads(string name) => b.Node("Einsum", [x, b.RandomWeight(name, [10, 3, 4], 10, 1)], new { equation = "btc,chd->bthd" });
            var scores = b.Softmax(b.Node("Einsum", [Heads("q"), Heads("k")], new { equation = "bqhd,bkhd->bhqk" }));
            var mixed = b.Node("Einsum", [scores, Heads("v")], new { equation = "bhqk, bkhd -> bqhd" });
            return [b.Node("Einsum", [mixed, b.RandomWeight("o", [3, 4, 10], 12, 1)], new { equation = "...hd,hdc->...c" })];
        },
        ["sum over channels"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            return [b.Relu(b.Node("ReduceSum", [x, b.Integers(1)], new { keepdims = 1 }))];
        },
        ["largest, accumulated and triangular along space"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            var top = b.Nodes("TopK", [x, b.Integers(4)], 2, new { axis = 3 })[0];
            var sums = b.Node("CumSum", [b.Conv(top, 6, 1), b.Initializer(TensorData.FromLongs("axis", [], [2]))]);
            return [NastyGraphs.Head(b, b.Conv(b.Node("Trilu", [sums]), 5, 1))];
        },
        ["largest along channels in one branch"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            var top = b.Nodes("TopK", [b.Conv(x, 6, 1), b.Integers(3)], 2, new { axis = 1 })[0];
            return [NastyGraphs.Head(b, b.Conv(top, 5, 1))];
        },
        ["elements by index"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            var order = b.Nodes("TopK", [x, b.Integers(8)], 2, new { axis = 3 })[1];
            x = b.Node("GatherElements", [b.Relu(b.Conv(x, 8, 1)), order], new { axis = 3 });
            x = b.Node("ScatterElements", [x, order, b.Conv(x, 8, 1)], new { axis = 3 });
            return [NastyGraphs.Head(b, b.Conv(x, 5, 1))];
        },
        ["positions by index"] = b =>
        {
            var x = b.Transpose(b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1)), 0, 2, 3, 1);
            var where = b.Initializer(TensorData.FromLongs("where", [2, 2], [0, 3, 0, 5]));
            var rows = b.Node("GatherND", [x, where]);
            x = b.Node("ScatterND", [x, where, b.Relu(b.MatMul(rows, 8))]);
            return [b.MatMul(x, 4)];
        },
        ["classes one by one"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            var best = b.Node("ArgMax", [x], new { axis = 2, keepdims = 0 });
            var hot = b.Node("OneHot", [best, b.Integers(8), b.Weight("off and on", [2], [0, 1])]);
            return [NastyGraphs.Head(b, b.Conv(b.Add(hot, x), 5, 1))];
        },
        ["sampled by a grid"] = b =>
        {
            var x = b.Relu(b.Conv(NastyGraphs.Image(b), 8, 3, padding: 1));
            var grid = b.RandomWeight("grid", [1, 5, 6, 2], 3, 1);
            return [NastyGraphs.Head(b, b.Conv(b.Node("GridSample", [x, grid]), 5, 1))];
        },
    };
}
