using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Granularities;

namespace CompressTasks.Pruning.Tests.Granularities;

public class AttentionHeadsTests
{
    [Theory]
    [InlineData("attention", 4)]
    [InlineData("fused attention", 3)]
    public void Heads_are_told_from_the_channels_within_them(string name, int heads)
    {
        var model = NastyGraphs.Build(name);
        Simplification.Apply(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, NastyGraphs.Shapes(model)));

        var groups = AttentionHeads.GroupsOf(graph);

        Assert.Equal(heads, graph.Groups[Assert.Single(groups)].Units.Count);
        Assert.True(graph.Groups.Count > 1);
    }

    /// <summary>Of grouped queries the key-value heads, and the members of each one's group.</summary>
    [Theory]
    [InlineData("attention in one operator (23)", 4)]
    [InlineData("attention with grouped keys, a scale and a mask (23)", 2, 3)]
    [InlineData("attention over heads on an axis of their own (23)", 2, 2)]
    [InlineData("attention of rotated heads (23)", 3)]
    [InlineData("fused attention of ONNX Runtime", 4)]
    [InlineData("fused attention of several heads", 4)]
    [InlineData("fused attention with grouped keys", 2, 4)]
    public void Heads_of_attention_in_one_operator_are_told_too(string name, params int[] heads)
    {
        var model = NastyGraphs.Build(name);
        Simplification.Apply(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, NastyGraphs.Shapes(model)));

        var groups = AttentionHeads.GroupsOf(graph);

        Assert.Equal(heads, groups.Select(group => graph.Groups[group].Units.Count).Order());
    }

    [Fact]
    public void An_equation_with_a_letter_on_all_three_sides_has_heads_along_it()
    {
        var b = new ModelBuilder();
        var x = b.Input("x", 1, 5, 8);
        string Heads() => b.Reshape(b.MatMul(x, 12), 0, 0, 3, 4);
        var scores = b.Softmax(b.Node("Einsum", [Heads(), Heads()], new { equation = "bqhd,bkhd->bhqk" }));
        var mixed = b.Node("Einsum", [scores, Heads()], new { equation = "bhqk,bkhd->bqhd" });
        var model = b.Build(b.MatMul(b.Reshape(mixed, 0, 0, 12), 8));
        Simplification.Apply(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["x"] = [1, 5, 8] }));
        Assert.Equal(3, graph.Groups[Assert.Single(AttentionHeads.GroupsOf(graph))].Units.Count);
    }

    [Fact]
    public void A_convolutional_network_has_none()
    {
        var model = Networks.CifarResNet(8, size: 8);
        Assert.Empty(AttentionHeads.GroupsOf(CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [1, 3, 8, 8] }))));
    }
}
