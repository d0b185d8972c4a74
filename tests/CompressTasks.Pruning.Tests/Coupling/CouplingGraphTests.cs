using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Tests.Coupling;

public class CouplingGraphTests
{
    [Theory]
    // Heads of q, k, v and the output projection go together, and so does each channel within all heads: of q with k, and of v.
    [InlineData("attention", "4 6 6")]
    // Tied by the residual additions: one group of 8, and 6 inside each of the three blocks.
    [InlineData("residual", "6 6 6 8")]
    // Both branches of the gate are tied to what it scales; the squeeze stands alone.
    [InlineData("squeeze and excite", "4 10")]
    // Depthwise: input and output channel are one.
    [InlineData("depthwise", "6 8")]
    // Whole groups, positions of a group's inputs, and of its outputs; then the last convolution.
    [InlineData("grouped", "3 4 6 6")]
    [InlineData("shared weights", "4 6")]
    // Every group reads the same three channels; its outputs go position by position.
    [InlineData("laid beside itself and grouped", "2 3 5")]
    // Hidden sizes of both layers, and the width that the first one reads.
    [InlineData("two lstm layers in both directions", "4 6 7")]
    [InlineData("lstm whose states are made to size", "5")]
    // Heads, what queries and keys share, and what values and output share.
    [InlineData("attention by einsum", "3 4 4")]
    // Whole groups only, while nothing is trained.
    [InlineData("group normalisation (18)", "3 6")]
    [InlineData("group normalisation by reshapes", "3 6")]
    [InlineData("group normalisation by reshapes of dynamic size", "3 4 5")]
    [InlineData("layer normalisation written out", "6 6")]
    [InlineData("largest, accumulated and triangular along space", "5 6 8")]
    [InlineData("elements by index", "5 8")]
    [InlineData("resize to a skip's size", "6 8 12")]
    [InlineData("resize to a constant number of channels", "8 12")]
    [InlineData("resize to a tensor of other channels", "6 8")]
    [InlineData("reshaped to a computed target", "3 4 6")]
    [InlineData("a token beside every image's", "6 8")]
    // What is read from the length of an axis keeps that axis as it is.
    [InlineData("scaled by its number of channels", "6")]
    [InlineData("fused convolutions", "2 4 4 6")]
    [InlineData("quantised weights per channel", "6 8")]
    public void Groups_are_what_the_architecture_says(string name, string sizes)
    {
        var graph = Analyse(NastyGraphs.Build(name));
        Assert.Equal(sizes, string.Join(' ', graph.Groups.Select(group => group.Units.Count).Order()));
    }

    [Fact]
    public void An_unknown_operator_freezes_its_branch_and_nothing_else()
    {
        var graph = Analyse(NastyGraphs.Build("unknown operator in one branch"));
        var outcomes = LayerOutcome.Of(graph, [.. graph.Units.Select(_ => false)]);
        Assert.Contains(outcomes, outcome => outcome.Reason!.StartsWith("unsupported operator ReverseSequence", StringComparison.Ordinal));
        Assert.Contains(graph.Groups, group => group.Units.Count == 8);
        Assert.Contains(graph.Groups, group => group.Units.Count == 6);
    }

    [Theory]
    [InlineData("layer normalisation", "6 6 8")]
    [InlineData("layer normalisation written out", "6 6 8")]
    [InlineData("root mean square normalisation written out", "6 6 8")]
    [InlineData("group normalisation by reshapes", "3 4 6")]
    [InlineData("group normalisation per channel (21)", "3 4 6")]
    [InlineData("fused residual normalisation", "6 8")]
    [InlineData("attention to space by what the channels are on average and at most", "6 8")]
    public void Widths_that_are_normalised_are_units_where_training_follows(string name, string sizes)
    {
        var graph = Analyse(NastyGraphs.Build(name), allowInexact: true);
        Assert.Equal(sizes, string.Join(' ', graph.Groups.Select(group => group.Units.Count).Order()));
    }

    [Fact]
    public void An_inexact_cut_names_the_normalisation()
    {
        var model = NastyGraphs.Build("layer normalisation");
        var graph = Analyse(model, allowInexact: true);
        bool[] removed = [.. graph.Units.Select(unit => unit.Inexact is not null && unit.Index == graph.Units.First(other => other.Inexact is not null).Index)];
        Assert.Equal("inexact: LayerNormalization layernormalization", LayerOutcome.Of(graph, removed)[0].Note);
        Assert.Equal("inexact without training: LayerNormalization layernormalization", LayerOutcome.Of(Analyse(model), [.. Analyse(model).Units.Select(_ => false)])[0].Note);
    }

    [Fact]
    public void Values_that_a_branch_captures_stay()
    {
        var graph = Analyse(NastyGraphs.Build("condition over captured channels"));
        Assert.Equal("used by a graph inside the node: if", LayerOutcome.Of(graph, new bool[graph.Units.Count])[1].Reason);
        Assert.Equal([8], graph.Groups.Select(group => group.Units.Count));
    }

    [Fact]
    public void A_recurrent_layer_that_takes_the_batch_first_is_cut_along_the_same_axes()
    {
        var b = new ModelBuilder();
        var y = b.Nodes("GRU", [b.MatMul(b.Input("x", 2, 5, 6), 7), b.RandomWeight("w", [1, 24, 7], 7, 1), b.RandomWeight("r", [1, 24, 8], 8, 1)], 2, new { hidden_size = 8, layout = 1 });
        var graph = Analyse(b.Build(b.MatMul(b.Node("Squeeze", [y[0], b.Integers(2)]), 3)));
        Assert.Equal([7, 8], graph.Groups.Select(group => group.Units.Count).Order());
    }

    [Theory]
    [InlineData(null, new[] { 3, 4, 7 })] // heads, numbers of a value, the layer behind
    [InlineData(0.5f, new[] { 3, 4, 4, 7 })] // with a scale of its own also numbers of a query and a key
    public void A_fused_attention_loses_heads_and_only_with_a_scale_their_size(float? scale, int[] groups)
    {
        var b = new ModelBuilder(opset: 23);
        var x = NastyGraphs.Tokens(b);
        object attributes = scale is { } given ? new { q_num_heads = 3, kv_num_heads = 3, scale = given } : new { q_num_heads = 3, kv_num_heads = 3 };
        var mixed = b.Node("Attention", [b.MatMul(x, 12), b.MatMul(x, 12), b.MatMul(x, 12)], attributes);
        var graph = Analyse(b.Build(b.MatMul(b.Relu(b.MatMul(mixed, 7)), 4)));
        Assert.Equal(groups, graph.Groups.Select(group => group.Units.Count).Order());
    }

    [Fact]
    public void Channels_that_reach_an_output_stay_and_say_why()
    {
        var graph = Analyse(NastyGraphs.Build("output inside"));
        var first = LayerOutcome.Of(graph, new bool[graph.Units.Count])[0];
        Assert.Equal((8, 8), (first.Before, first.After));
        Assert.StartsWith("graph output", first.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deep_chain_is_analysed_in_linear_time_and_without_recursion_per_node()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", 1, 3, 4, 4);
        for (var i = 0; i < 3000; i++) x = b.Relu(b.Conv(x, 4, 1));
        var graph = Analyse(b.Build(b.Conv(x, 2, 1)));
        Assert.Equal(12000, graph.Units.Count);
        Assert.Equal(3000, graph.Groups.Count);
    }

    static CouplingGraph Analyse(OnnxModel model, bool allowInexact = false)
    {
        Simplification.Apply(model);
        return CouplingGraph.Build(model, ShapeInference.Infer(model, NastyGraphs.Shapes(model)), allowInexact);
    }
}
