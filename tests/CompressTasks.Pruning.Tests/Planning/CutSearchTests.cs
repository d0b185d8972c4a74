using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Tests.Planning;

public class CutSearchTests
{
    static readonly CouplingGraph Graph = Analyse();

    [Theory]
    [InlineData(Distribution.Global, 1)]
    [InlineData(Distribution.Global, 4)]
    [InlineData(Distribution.Uniform, 1)]
    [InlineData(Distribution.Uniform, 8)]
    public void A_cut_never_exceeds_its_limits_and_one_unit_less_would(Distribution distribution, int roundTo)
    {
        var selection = new UnitSelection(Graph, MagnitudeCriterion.Score(Graph), distribution, roundTo);
        var search = new CutSearch(Graph, selection);
        foreach (var share in (double[])[0.9, 0.7, 0.5, 0.3])
        {
            var limits = new CostLimits((long)(share * search.Nothing.Cost.Macs));
            var cut = search.Find(limits);
            Assert.True(limits.Allow(cut.Cost));
            Assert.False(limits.Allow(new PlannedCost(Graph).Of(selection.At(cut.Depth - 1))));
        }
    }

    [Fact]
    public void What_one_wide_unit_overshoots_is_given_back_in_narrow_ones()
    {
        var model = Networks.LeNet5();
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [1, 1, 28, 28] }));
        var search = new CutSearch(graph, new UnitSelection(graph, MagnitudeCriterion.Score(graph), Distribution.Global));
        var limit = search.Nothing.Cost.Macs / 2;
        Assert.InRange(search.Find(new CostLimits(limit)).Cost.Macs, (long)(0.995 * limit), limit);
    }

    [Fact]
    public void All_limits_hold_at_once()
    {
        var search = new CutSearch(Graph, new UnitSelection(Graph, RandomCriterion.Score(Graph, 1), Distribution.Global));
        var limits = new CostLimits(search.Nothing.Cost.Macs / 2, search.Nothing.Cost.Parameters / 3, search.Nothing.Cost.Bytes / 2);
        Assert.True(limits.Allow(search.Find(limits).Cost));
    }

    [Fact]
    public void Limits_below_the_deepest_cut_are_refused_with_what_can_be_reached()
    {
        var search = new CutSearch(Graph, new UnitSelection(Graph, RandomCriterion.Score(Graph, 1), Distribution.Global));
        var exception = Assert.Throws<PruningException>(() => search.Find(new CostLimits(Macs: search.Everything.Cost.Macs - 1)));
        Assert.Equal(PruningException.OutOfReach, exception.Code);
        Assert.Contains(search.Everything.Cost.Macs.ToString(System.Globalization.CultureInfo.InvariantCulture), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_that_is_dear_to_test_is_met_by_the_shallowest_cut_found()
    {
        var search = new CutSearch(Graph, new UnitSelection(Graph, RandomCriterion.Score(Graph, 1), Distribution.Global));
        var (asked, wanted) = (0, search.Nothing.Cost.Parameters / 4);
        var cut = search.Find(new CostLimits(search.Nothing.Cost.Macs / 2), candidate =>
        {
            asked++;
            return candidate.Cost.Parameters <= wanted;
        });
        Assert.True(cut!.Cost.Parameters <= wanted);
        Assert.InRange(asked, 1, 12);
        Assert.Null(search.Find(new CostLimits(), _ => false));
    }

    [Fact]
    public void Rounded_widths_are_multiples_or_what_they_were()
    {
        var selection = new UnitSelection(Graph, RandomCriterion.Score(Graph, 2), Distribution.Global, roundTo: 4);
        var removed = selection.At(selection.Deepest / 2);
        Assert.All(Graph.Groups, group =>
        {
            var kept = group.Units.Count(unit => !removed[unit]);
            Assert.True(kept == group.Units.Count || kept % 4 == 0, $"{kept} of {group.Units.Count}");
        });
    }

    [Fact]
    public void The_deepest_cut_leaves_something_of_every_group()
    {
        var selection = new UnitSelection(Graph, RandomCriterion.Score(Graph, 2), Distribution.Uniform);
        var removed = selection.At(selection.Deepest);
        Assert.All(Graph.Groups, group => Assert.Equal(1, group.Units.Count(unit => !removed[unit])));
    }

    static CouplingGraph Analyse()
    {
        var model = Networks.CifarResNet(8, size: 8, width: 8);
        return CouplingGraph.Build(model, ShapeInference.Infer(model, new Dictionary<string, long[]> { ["input"] = [1, 3, 8, 8] }));
    }
}
