using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Pruning.Tests.Surgery;

public class ModelSurgeryTests
{
    public static TheoryData<string> Graphs => NastyGraphs.Names;

    public static TheoryData<string> Inexact => NastyGraphs.InexactNames;

    [Theory]
    [MemberData(nameof(Graphs))]
    public void A_removed_unit_equals_one_that_is_masked_where_it_is_read(string name)
    {
        var model = NastyGraphs.Build(name);
        var shapes = NastyGraphs.Shapes(model);
        var graph = Analyse(model, shapes);
        foreach (var (seed, share) in new[] { (1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0) })
        {
            var removed = Cut(graph, seed, share);
            Assert.Contains(true, removed);
            var cut = ModelSurgery.Remove(graph, removed);
            ModelChecker.Check(cut);
            Assert.InRange(OnnxRuntimeOracle.Difference(MaskedModel.Of(graph, removed, AtBothEnds(name)), cut, shapes, seed), 0, 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void Each_single_unit_can_be_removed(string name)
    {
        var model = NastyGraphs.Build(name);
        var shapes = NastyGraphs.Shapes(model);
        var graph = Analyse(model, shapes);
        var widest = graph.Groups.Where(group => group.Units.Count > 1).SelectMany(group => group.Units.Take(3));
        foreach (var unit in widest)
        {
            var removed = new bool[graph.Units.Count];
            removed[unit] = true;
            Assert.InRange(OnnxRuntimeOracle.Difference(MaskedModel.Of(graph, removed, AtBothEnds(name)), ModelSurgery.Remove(graph, removed), shapes), 0, 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void The_planned_cost_is_the_cost_of_the_cut_model(string name)
    {
        var model = NastyGraphs.Build(name);
        var shapes = NastyGraphs.Shapes(model);
        var graph = Analyse(model, shapes);
        var removed = Cut(graph, seed: 5, share: 0.5);
        var planned = new PlannedCost(graph).Of(removed);
        var cut = ModelSurgery.Remove(graph, removed);
        var counted = CostModel.Count(cut, ShapeInference.Infer(cut, shapes));
        Assert.Equal(counted.Macs, planned.Macs);
        Assert.Equal(counted.Parameters, planned.Parameters);
        Assert.InRange(Math.Abs(cut.SizeInBytes - planned.Bytes), 0, 600);
    }

    [Theory]
    [MemberData(nameof(Inexact))]
    public void With_training_to_follow_normalised_axes_are_cut_too(string name)
    {
        var model = NastyGraphs.Build(name);
        var shapes = NastyGraphs.Shapes(model);
        var exact = Analyse(model, shapes);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes), allowInexact: true);
        Assert.All(exact.Units, unit => Assert.Null(unit.Inexact));
        Assert.Contains(graph.Units, unit => unit.Inexact is not null);
        foreach (var (seed, share) in new[] { (1, 0.3), (2, 0.6), (3, 1.0) })
        {
            var removed = Cut(graph, seed, share);
            var planned = new PlannedCost(graph).Of(removed);
            var cut = ModelSurgery.Remove(graph, removed);
            ModelChecker.Check(cut);
            Assert.Equal(CostModel.Count(cut, ShapeInference.Infer(cut, shapes)).Macs, planned.Macs);
            Assert.Equal(OnnxRuntimeOracle.Run(model, shapes, 1).Select(output => output.Shape), OnnxRuntimeOracle.Run(cut, shapes, 1).Select(output => output.Shape));
        }
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void Dynamic_axes_stay_dynamic(string name)
    {
        var model = NastyGraphs.Build(name);
        var graph = Analyse(model, NastyGraphs.Shapes(model));
        var removed = Cut(graph, seed: 6, share: 0.5);
        var other = NastyGraphs.Shapes(model, further: 2);
        var masked = MaskedModel.Of(graph, removed, AtBothEnds(name));
        Assert.InRange(OnnxRuntimeOracle.Difference(masked, ModelSurgery.Remove(graph, removed), other), 0, 1e-4);
    }

    [Fact]
    public void Removing_nothing_changes_no_byte_of_the_weights()
    {
        var model = NastyGraphs.Build("residual");
        var graph = Analyse(model, NastyGraphs.Shapes(model));
        Assert.Equal(model.Proto, ModelSurgery.Remove(graph, new bool[graph.Units.Count]).Proto);
    }

    [Fact]
    public void The_original_is_left_as_it_was()
    {
        var model = NastyGraphs.Build("attention");
        var graph = Analyse(model, NastyGraphs.Shapes(model));
        var before = model.Proto.Clone();
        ModelSurgery.Remove(graph, Cut(graph, 1, 0.6));
        Assert.Equal(before, model.Proto);
    }

    /// <summary>Where a unit is read by weights and, besides, by a product, an index or a sum without any.</summary>
    static bool AtBothEnds(string name) => name is "fused attention";

    static CouplingGraph Analyse(OnnxModel model, IReadOnlyDictionary<string, long[]> shapes)
    {
        Simplification.Apply(model);
        return CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
    }

    static bool[] Cut(CouplingGraph graph, int seed, double share)
    {
        var selection = new UnitSelection(graph, RandomCriterion.Score(graph, seed), Distribution.Global);
        return selection.At((int)(share * selection.Deepest));
    }
}
