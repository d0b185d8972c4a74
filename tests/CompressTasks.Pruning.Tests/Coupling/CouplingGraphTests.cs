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

    static CouplingGraph Analyse(OnnxModel model)
    {
        Simplification.Apply(model);
        return CouplingGraph.Build(model, ShapeInference.Infer(model, NastyGraphs.Shapes(model)));
    }
}
