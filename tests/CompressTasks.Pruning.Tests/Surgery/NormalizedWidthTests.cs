using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pruning.Tests.Surgery;

/// <summary>
/// A cut along an axis that a normalisation takes statistics over is no masked model's equal. What it has to be is the same network of the
/// kept indices alone, computed here by hand.
/// </summary>
public class NormalizedWidthTests
{
    const int Tokens = 5, Inputs = 10, Width = 12, Outputs = 4;
    const double Epsilon = 1e-5;

    delegate double[] Normalization(double[] kept, double[] scale, double[] bias);

    [Theory]
    [InlineData("LayerNormalization")]
    [InlineData("RMSNormalization")]
    [InlineData("SkipLayer")]
    public void The_width_of_a_token_is_normalised_over_what_is_kept(string name)
    {
        var b = new ModelBuilder(seed: 4, opset: 23);
        var x = b.MatMul(b.Input("x", 1, Tokens, Inputs), Width, "before");
        string[] vectors = name == "RMSNormalization" ? [b.RandomWeight("scale", [Width], 1, 1)] : [b.RandomWeight("scale", [Width], 1, 1), b.RandomWeight("bias", [Width], 1, 1)];
        // The residual form: the sum of the width with itself is what is normalised.
        x = name == "SkipLayer" ? b.Node("LayerNormalization", [b.Add(x, x), .. vectors]) : b.Node(name, [x, .. vectors]);
        var model = b.Build(b.MatMul(x, Outputs, "after"));
        Normalization normalize = name switch
        {
            "RMSNormalization" => (row, scale, _) => Scaled(row, 0, Mean(row, value => value * value), scale, new double[row.Length]),
            "SkipLayer" => (row, scale, bias) => Standardized([.. row.Select(value => 2 * value)], scale, bias),
            _ => Standardized,
        };

        var (graph, removed) = Cut(model, ["before.weight"]);
        var kept = graph.Axis("before.weight", 1)!.Living(removed);
        Assert.InRange(kept.Length, 2, Width - 2);
        Compare(model, graph, removed, input => Rows(input, Inputs).SelectMany(token => Product(
            normalize(Product(token, Columns(model, "before.weight", kept)), Vector(model, "scale", kept), name == "RMSNormalization" ? [] : Vector(model, "bias", kept)),
            RowsOf(model, "after.weight", kept))));
    }

    [Fact]
    public void The_positions_of_a_group_are_normalised_over_what_is_kept()
    {
        const int groups = 3, size = 2;
        var b = new ModelBuilder(seed: 5, opset: 21);
        var x = b.Conv(b.Input("x", 1, Inputs, size, size), Width, 1, bias: false, name: "before");
        x = b.Node("GroupNormalization", [x, b.RandomWeight("scale", [Width], 1, 1), b.RandomWeight("bias", [Width], 1, 1)], new { num_groups = groups });
        var model = b.Build(b.Conv(x, Outputs, 1, bias: false, name: "after"));

        var (graph, removed) = Cut(model, ["before.weight"]);
        var kept = graph.Axis("before.weight", 0)!.Living(removed);
        Assert.InRange(kept.Length, 2, Width - 2);
        var perGroup = kept.Length / (int)graph.Model.Graph.Node.First(node => node.OpType == "GroupNormalization").Int("num_groups", 0);
        Compare(model, graph, removed, input => Grouped(model, input, kept, perGroup, size * size));
    }

    /// <summary>[C, pixels] all the way: 1 x 1 convolutions are products, and a group's statistics are over its channels and pixels.</summary>
    static IEnumerable<double> Grouped(OnnxModel model, double[] input, int[] kept, int perGroup, int pixels)
    {
        var (before, after) = (Matrix(model, "before.weight", Inputs), Matrix(model, "after.weight", Width));
        var (scale, bias) = (Vector(model, "scale", kept), Vector(model, "bias", kept));
        var hidden = kept.Select(channel => Enumerable.Range(0, pixels).Select(pixel => Enumerable.Range(0, Inputs).Sum(i => before[channel][i] * input[(i * pixels) + pixel])).ToArray()).ToArray();
        for (var first = 0; first < kept.Length; first += perGroup)
        {
            var all = hidden[first..(first + perGroup)].SelectMany(row => row).ToArray();
            var (mean, variance) = (all.Average(), Mean(all, value => Math.Pow(value - all.Average(), 2)));
            for (var c = first; c < first + perGroup; c++) hidden[c] = [.. hidden[c].Select(value => ((value - mean) / Math.Sqrt(variance + Epsilon) * scale[c]) + bias[c])];
        }

        return after.SelectMany(row => Enumerable.Range(0, pixels).Select(pixel => kept.Select((channel, c) => row[channel] * hidden[c][pixel]).Sum()));
    }

    /// <summary>Removes every third unit that lies along the weights and changes statistics.</summary>
    static (CouplingGraph Graph, bool[] Removed) Cut(OnnxModel model, string[] weights)
    {
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model), allowInexact: true);
        var removed = new bool[graph.Units.Count];
        var inexact = graph.Units.Where(unit => unit.Inexact is not null && unit.Slices.Any(slice => weights.Contains(slice.Initializer))).ToList();
        for (var i = 0; i < inexact.Count; i += 3) removed[inexact[i].Index] = true;
        return (graph, removed);
    }

    static void Compare(OnnxModel model, CouplingGraph graph, bool[] removed, Func<double[], IEnumerable<double>> reference)
    {
        var shapes = model.Graph.Input.ToDictionary(input => input.Name, input => input.Type.TensorType.Shape.Dim.Select(dimension => dimension.DimValue).ToArray());
        var actual = OnnxRuntimeOracle.Run(ModelSurgery.Remove(graph, removed), shapes, seed: 6)[0].Values;
        // The oracle's own input: the same numbers in the same order.
        var random = new Random(6);
        var input = Enumerable.Range(0, (int)shapes["x"].Aggregate(1L, (product, length) => product * length)).Select(_ => (double)(float)((random.NextDouble() * 2) - 1)).ToArray();
        var expected = reference(input).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second) / largest, 0, 1e-5));
    }

    static double[] Standardized(double[] row, double[] scale, double[] bias) => Scaled(row, row.Average(), Mean(row, value => Math.Pow(value - row.Average(), 2)), scale, bias);

    static double[] Scaled(double[] row, double mean, double variance, double[] scale, double[] bias) =>
        [.. row.Select((value, i) => ((value - mean) / Math.Sqrt(variance + Epsilon) * scale[i]) + bias[i])];

    static double Mean(double[] row, Func<double, double> function) => row.Select(function).Average();

    /// <summary>A row times a matrix given by its columns.</summary>
    static double[] Product(double[] row, double[][] columns) => [.. columns.Select(column => row.Zip(column, (left, right) => left * right).Sum())];

    static IEnumerable<double[]> Rows(double[] values, int width) => values.Chunk(width);

    static double[][] Matrix(OnnxModel model, string name, int width) => [.. Values(model, name).Chunk(width)];

    static double[][] Columns(OnnxModel model, string name, int[] kept)
    {
        var rows = Matrix(model, name, Width);
        return [.. kept.Select(column => rows.Select(row => row[column]).ToArray())];
    }

    static double[][] RowsOf(OnnxModel model, string name, int[] kept)
    {
        var rows = Matrix(model, name, Outputs);
        return [.. Enumerable.Range(0, Outputs).Select(column => kept.Select(row => rows[row][column]).ToArray())];
    }

    static double[] Vector(OnnxModel model, string name, int[] kept)
    {
        var all = Values(model, name);
        return [.. kept.Select(index => all[index])];
    }

    static double[] Values(OnnxModel model, string name) => Array.ConvertAll(model.Graph.Initializer.First(tensor => tensor.Name == name).ToFloats(), value => (double)value);
}
