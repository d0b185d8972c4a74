using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pruning.Tests.Distributions;

public class UnitSelectionTests
{
    static readonly CouplingGraph Graph = Analyse(Networks.CifarResNet(8, size: 8, width: 8));
    static readonly double[] Scores = MagnitudeCriterion.Score(Graph);

    public static TheoryData<Distribution> Distributions => [.. Enum.GetValues<Distribution>()];

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Deeper_cuts_hold_shallower_ones_and_the_lowest_scores_of_a_group_go(Distribution distribution)
    {
        var selection = Select(new SelectionSettings(distribution));
        var before = selection.At(0);
        Assert.DoesNotContain(true, before);
        for (var depth = 1; depth <= selection.Deepest; depth += 3)
        {
            var removed = selection.At(depth);
            Assert.All(before.Zip(removed), pair => Assert.True(pair.Second || !pair.First));
            Assert.All(Graph.Groups, group => Assert.True(
                group.Units.Where(unit => removed[unit]).Select(unit => Scores[unit]).DefaultIfEmpty(0).Max()
                <= group.Units.Where(unit => !removed[unit]).Min(unit => Scores[unit])));
            before = removed;
        }

        Assert.All(Graph.Groups, group => Assert.Equal(1, group.Units.Count(unit => !selection.At(selection.Deepest)[unit])));
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Groups_whose_width_is_given_have_it_in_every_cut_and_the_others_are_cut_to_the_limit(Distribution distribution)
    {
        var kept = Graph.Groups.Select((_, index) => index % 2 == 0 ? 0.5 : (double?)null).ToArray();
        var selection = Select(new SelectionSettings(distribution) { Kept = kept });
        foreach (var depth in (int[])[selection.Shallowest, (selection.Shallowest + selection.Deepest) / 2, selection.Deepest])
        {
            var removed = selection.At(depth);
            Assert.All(Graph.Groups.Where((_, index) => index % 2 == 0), group => Assert.Equal(group.Units.Count / 2, Left(group, removed)));
            Assert.All(Graph.Groups.Where((_, index) => index % 2 == 1), group => Assert.Equal(depth == selection.Shallowest ? group.Units.Count : depth == selection.Deepest ? 1 : Left(group, removed), Left(group, removed)));
        }

        var search = new CutSearch(Graph, selection);
        Assert.True(search.Shallowest.Cost.Macs < search.Nothing.Cost.Macs);
        Assert.Equal(search.Shallowest.Removed, search.Find(new CostLimits()).Removed);
        var limits = new CostLimits((search.Shallowest.Cost.Macs + search.Everything.Cost.Macs) / 2);
        var found = search.Find(limits);
        Assert.True(limits.Allow(found.Cost));
        Assert.All(Graph.Groups.Where((_, index) => index % 2 == 0), group => Assert.Equal(group.Units.Count / 2, Left(group, found.Removed)));
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Caps_and_floors_hold_at_every_depth_also_with_rounding(Distribution distribution)
    {
        foreach (var roundTo in (int[])[1, 4])
        {
            var capped = Select(new SelectionSettings(distribution) { MostPerGroup = 0.5, RoundTo = roundTo });
            var floored = Select(new SelectionSettings(distribution) { LeastPerGroup = 0.7, RoundTo = roundTo });
            Assert.All(Graph.Groups, group =>
            {
                Assert.True(Left(group, capped.At(capped.Deepest)) >= group.Units.Count - Math.Floor(0.5 * group.Units.Count));
                Assert.True(Left(group, floored.At(floored.Deepest)) >= 0.7 * group.Units.Count);
            });
        }
    }

    [Fact]
    public void Uniform_takes_the_same_share_of_every_group()
    {
        var selection = Select(new SelectionSettings(Distribution.Uniform));
        var half = Enumerable.Range(0, selection.Deepest).Select(selection.At).First(removed => removed.Count(gone => gone) >= Graph.Units.Count / 2);
        Assert.All(Graph.Groups, group => Assert.InRange(Left(group, half) / (double)group.Units.Count, 0.5 - (1.0 / group.Units.Count), 0.5 + (1.0 / group.Units.Count)));
    }

    [Fact]
    public void Erdos_Renyi_keeps_the_root_of_the_density_that_a_layer_would_have()
    {
        // Two chained products of 8 and 32 units: factors (in + out) / (in · out).
        var b = new ModelBuilder();
        var graph = Analyse(b.Build(b.Gemm(b.Relu(b.Gemm(b.Relu(b.Gemm(b.Input("x", 1, 16), 8, bias: false)), 32, bias: false)), 4, bias: false)), [1, 16]);
        var (narrow, wide) = (24.0 / 128, 40.0 / 256);
        var selection = new UnitSelection(graph, MagnitudeCriterion.Score(graph), Distribution.Erk);
        for (var depth = 1; depth < selection.Deepest; depth++)
        {
            var removed = selection.At(depth);
            var (first, second) = (Left(graph.Groups[0], removed), Left(graph.Groups[1], removed));
            // Some e gives both widths by rounding down sqrt(e f) of the units, at most all.
            double Lowest(int kept, int all, double factor) => Math.Pow((double)kept / all, 2) / factor;
            double Highest(int kept, int all, double factor) => kept == all ? double.MaxValue : Math.Pow((kept + 1.0) / all, 2) / factor;
            if (first == 1 || second == 1) break; // the last unit stays at any e
            Assert.True(Math.Max(Lowest(first, 8, narrow), Lowest(second, 32, wide)) <= Math.Min(Highest(first, 8, narrow), Highest(second, 32, wide)) + 1e-12, $"{first} of 8, {second} of 32");
        }
    }

    [Fact]
    public void What_scores_are_divided_by_decides_between_groups_and_not_within_them()
    {
        // One group of high scores and one of low ones, as many as there are channels.
        var b = new ModelBuilder();
        var graph = Analyse(b.Build(b.Gemm(b.Relu(b.Gemm(b.Relu(b.Gemm(b.Input("x", 1, 4), 4, bias: false)), 4, bias: false)), 2, bias: false)), [1, 4]);
        double[] scores = [10, 20, 30, 100, 1, 2, 3, 4];
        int[] Order(GroupNormalization normalization)
        {
            var selection = new UnitSelection(graph, scores, new SelectionSettings { Normalization = normalization });
            return [.. Enumerable.Range(1, 3).Select(depth => selection.At(depth)[..4].Count(gone => gone))];
        }

        Assert.Equal([0, 0, 0], Order(GroupNormalization.None));
        Assert.Equal([1, 2, 2], Order(GroupNormalization.Max)); // 0.1 0.2 0.3 1 against 0.25 0.5 0.75 1
        Assert.Equal([1, 1, 2], Order(GroupNormalization.Mean)); // 0.25 0.5 0.75 2.5 against 0.4 0.8 1.2 1.6
        Assert.Equal([1, 1, 2], Order(GroupNormalization.Sum));
    }

    [Fact]
    public void Groups_that_may_not_be_cut_are_left_whole()
    {
        var selection = Select(new SelectionSettings { Groups = new HashSet<int> { 1 } });
        var removed = selection.At(selection.Deepest);
        Assert.All(Graph.Units, unit => Assert.True(!removed[unit.Index] || unit.Group == 1));
        Assert.Contains(true, removed);
    }

    [Theory]
    [InlineData(CostUnit.Macs)]
    [InlineData(CostUnit.Bytes)]
    public void The_next_unit_is_always_the_one_with_least_importance_per_saving(CostUnit unit)
    {
        var planned = new PlannedCost(Graph);
        double CostOf(bool[] removed) => unit == CostUnit.Macs ? planned.Of(removed).Macs : planned.Of(removed).Bytes;
        int[][] ranked = [.. Graph.Groups.Select(group => group.Units.OrderBy(index => Scores[index]).ToArray())];
        var order = UnitOrder.Of(Graph, Scores, ranked, new SelectionSettings(Distribution.Budget) { CostUnit = unit });
        var normalized = UnitOrder.Normalized(Graph, Scores, GroupNormalization.Mean);
        var removed = new bool[Graph.Units.Count];
        foreach (var taken in order.SkipLast(Graph.Groups.Count))
        {
            double Price(int candidate)
            {
                var without = (bool[])removed.Clone();
                without[candidate] = true;
                var saving = CostOf(removed) - CostOf(without);
                return saving > 0 ? normalized[candidate] / saving : double.PositiveInfinity;
            }

            var cheapest = ranked.Select(group => group.Where(index => !removed[index]).ToArray()).Where(left => left.Length > 1).Min(left => Price(left[0]));
            Assert.Equal(cheapest, Price(taken), cheapest * 1e-9);
            removed[taken] = true;
        }

        Assert.True(removed.Count(gone => gone) > Graph.Units.Count / 2);
    }

    [Theory]
    [MemberData(nameof(NastyGraphs.Names), MemberType = typeof(NastyGraphs))]
    public void Savings_one_by_one_add_up_to_the_planned_cost(string name)
    {
        var model = NastyGraphs.Build(name);
        Simplification.Apply(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, NastyGraphs.Shapes(model)));
        var planned = new PlannedCost(graph);
        var widths = new LivingWidths(graph, planned.TermsOf(CostUnit.Macs));
        var removed = new bool[graph.Units.Count];
        double saved = 0;
        foreach (var unit in Enumerable.Range(0, removed.Length).Where(unit => unit % 3 != 0))
        {
            saved += widths.SavingOf(unit);
            widths.Remove(unit);
            removed[unit] = true;
        }

        Assert.Equal(planned.Of(new bool[removed.Length]).Macs - planned.Of(removed).Macs, saved, 1e-6);
    }

    [Fact]
    public void What_saves_no_time_is_spared_by_the_milliseconds_of_its_layer()
    {
        var b = new ModelBuilder();
        var graph = Analyse(b.Build(b.Gemm(b.Relu(b.Gemm(b.Relu(b.Gemm(b.Input("x", 1, 8), 16, bias: false)), 16, bias: false)), 4, bias: false)), [1, 8]);
        var layers = TimedLayer.Of(graph);
        Assert.Equal([(null, 16), (16, 16), (16, null)], layers.Select(layer => (layer.Inputs, layer.Outputs)));
        // Only the middle product takes time, and only by steps of its outputs.
        LayerLatency[] latencies = [new(layers[1].Node.Output[0], [8, 16], [8, 16], [[1, 2], [1, 2]])];
        var selection = new UnitSelection(graph, MagnitudeCriterion.Score(graph), new SelectionSettings(Distribution.Budget) { CostUnit = CostUnit.Milliseconds, Latencies = latencies });
        var removed = selection.At(8);
        Assert.Equal((16, 8), (Left(graph.Groups[0], removed), Left(graph.Groups[1], removed)));
    }

    [Fact]
    public void Importance_left_is_the_mean_share_of_scores_that_stay()
    {
        var selection = Select(new SelectionSettings());
        Assert.Equal(1, selection.ImportanceLeft(selection.At(0)));
        var removed = selection.At(selection.Deepest / 2);
        var expected = Graph.Groups.Average(group => group.Units.Where(unit => !removed[unit]).Sum(unit => Scores[unit]) / group.Units.Sum(unit => Scores[unit]));
        Assert.Equal(expected, selection.ImportanceLeft(removed), 1e-12);
    }

    static UnitSelection Select(SelectionSettings settings) => new(Graph, Scores, settings with
    {
        // Curves that rise faster for later groups.
        Curves = [.. Graph.Groups.Select((_, group) => new SensitivityCurve([new(0.5, 0.1 * (group + 1), 0.01), new(0.9, 1 + group, 0.01)]))],
    });

    static int Left(UnitGroup group, bool[] removed) => group.Units.Count(unit => !removed[unit]);

    static CouplingGraph Analyse(OnnxModel model, long[]? shape = null) => CouplingGraph.Build(
        model, ShapeInference.Infer(model, new Dictionary<string, long[]> { [model.Graph.Input[0].Name] = shape ?? [1, 3, 8, 8] }));
}
