using CompressTasks.Onnx;
using CompressTasks.Onnx.Schema;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Students;
using CompressTasks.Pruning.Tests.Blocks;

namespace CompressTasks.Pruning.Tests.Students;

public sealed class StudentFamilyTests
{
    static readonly StudentScores ByMagnitude = new(graph => MagnitudeCriterion.Score(graph), (graph, blocks) => BlockScores.ByWeights(graph.Model, blocks, squared: true));

    public static TheoryData<string> Models => ["resnet", "inverted", "plain", "lenet", "perceptron"];

    [Fact]
    public void A_residual_network_has_a_stage_for_each_resolution()
    {
        var (model, shapes) = Model("resnet");

        var stages = LayerStage.Of(CouplingGraph.Build(model, ShapeInference.Infer(model, shapes)));

        Assert.Equal(["8 at 16x16", "16 at 8x8", "32 at 4x4"], stages.Select(stage => stage.Name));
        Assert.Equal([4, 4, 4], stages.Select(stage => stage.Groups.Count)); // the trunk, and between the two convolutions of each block
    }

    [Fact]
    public void Every_group_is_in_one_stage()
    {
        foreach (var name in Models)
        {
            var (model, shapes) = Model(name);
            var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes), allowInexact: true);

            var groups = LayerStage.Of(graph).SelectMany(stage => stage.Groups).ToArray();

            Assert.Equal(Enumerable.Range(0, graph.Groups.Count), groups.Order());
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_proposal_keeps_the_budget_narrowly_and_runs_with_the_same_interface(string name)
    {
        var (model, shapes) = Model(name);
        var family = new StudentFamily(model, shapes, ByMagnitude);
        foreach (var share in (double[])[0.4, 0.1])
        {
            var limits = new CostLimits(Macs: (long)(share * family.Highest.Macs));

            var proposals = StudentProposals.Of(family, 4, inherits: true, limits, null, default);

            Assert.True(proposals.Count >= 2, name);
            Assert.Equal(proposals.Count, proposals.Select(proposal => proposal.Signature).Distinct().Count());
            foreach (var proposal in proposals)
            {
                ModelChecker.Check(proposal.Model);
                var counted = CostModel.Count(proposal.Model, ShapeInference.Infer(proposal.Model, shapes));
                Assert.Equal((counted.Macs, counted.Parameters, proposal.Model.SizeInBytes), (proposal.Cost.Macs, proposal.Cost.Parameters, proposal.Cost.Bytes));
                Assert.True(limits.Allow(proposal.Cost));
                Assert.InRange(proposal.Cost.Macs, 0.8 * limits.Macs!.Value, limits.Macs.Value);
                var (before, after) = (OnnxRuntimeOracle.Run(model, shapes, 1), OnnxRuntimeOracle.Run(proposal.Model, shapes, 1));
                Assert.Equal(before.Select(output => (output.Name, string.Join('x', output.Shape))), after.Select(output => (output.Name, string.Join('x', output.Shape))));
                Assert.All(after[0].Values, value => Assert.True(float.IsFinite(value)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(BlockGraphs.Names), MemberType = typeof(BlockGraphs))]
    public void Blocks_of_every_kind_go_and_what_is_left_is_narrowed(string name)
    {
        var model = BlockGraphs.Build(name);
        Simplification.Apply(model);
        var shapes = NastyGraphs.Shapes(model);
        var family = new StudentFamily(model, shapes, ByMagnitude);
        var before = OnnxRuntimeOracle.Run(model, shapes, 1);
        for (var gone = 0; gone <= BlockGraphs.BlocksOf(name); gone++)
        {
            var whole = family.Find(gone, 0, new CostLimits(), null)!;
            var student = family.Find(gone, 0, new CostLimits(Macs: whole.Cost.Macs * 7 / 10), null);

            Assert.Equal(gone, whole.Blocks.Count);
            foreach (var shape in new[] { whole, student ?? whole, family.Smallest() })
            {
                ModelChecker.Check(shape.Model);
                Assert.Equal(before.Select(output => (output.Name, string.Join('x', output.Shape))), OnnxRuntimeOracle.Run(shape.Model, shapes, 1).Select(output => (output.Name, string.Join('x', output.Shape))));
            }

            Assert.True(student is null || student.Cost.Macs <= whole.Cost.Macs * 7 / 10);
        }
    }

    [Fact]
    public void Depth_and_width_are_traded_for_each_other()
    {
        var (model, shapes) = Model("resnet");
        var family = new StudentFamily(model, shapes, ByMagnitude);
        var limits = new CostLimits(Macs: (long)(0.3 * family.Highest.Macs));

        var most = family.MostBlocks(limits, null);
        var (deep, shallow) = (family.Find(0, 0, limits, null)!, family.Find(most, 0, limits, null)!);

        Assert.Equal(family.Highest.Macs, CostModel.Count(model, ShapeInference.Infer(model, shapes)).Macs);
        Assert.True(most > 1);
        Assert.Equal((0, most), (deep.Blocks.Count, shallow.Blocks.Count));
        Assert.All(deep.Widths.Zip(shallow.Widths), pair => Assert.True(pair.First.Most < pair.Second.Fewest, $"{pair.First} {pair.Second}"));
        var both = family.Find(2, 0, limits, null)!.Layers.ToDictionary(layer => layer.Name);
        Assert.Equal(4, both.Values.Count(layer => layer is { After: 0, GoneWith: not null }));
        Assert.InRange(both["conv1"].After, 1, both["conv1"].Before - 1);
    }

    [Fact]
    public void Blocks_that_go_are_spread_over_the_stages()
    {
        var (model, shapes) = Model("resnet");
        var family = new StudentFamily(model, shapes, ByMagnitude);

        var shallow = family.Find(4, 0, new CostLimits(), null)!;

        Assert.Equal([1, 1, 2], shallow.Layers.Where(layer => layer.GoneWith is not null).GroupBy(layer => layer.Name.Split('.')[0]).Select(stage => stage.Count() / 2).Order());
    }

    [Fact]
    public void A_tilt_narrows_late_or_early_stages_more()
    {
        var (model, shapes) = Model("plain");
        var family = new StudentFamily(model, shapes, ByMagnitude);
        var limits = new CostLimits(Macs: (long)(0.2 * family.Highest.Macs));
        double[] Shares(double tilt) => [.. family.Find(0, tilt, limits, null)!.Widths.Select(width => (double)width.Fewest / width.Before)];

        var (late, even, early) = (Shares(1), Shares(0), Shares(-1));

        Assert.True(late[0] > even[0] && even[0] > early[0]);
        Assert.True(late[^1] < even[^1] && even[^1] < early[^1]);
        Assert.InRange(even.Max() - even.Min(), 0, 0.1);
    }

    [Fact]
    public void Where_all_units_compete_the_important_ones_stay_whatever_layer_they_are_in()
    {
        var (model, shapes) = Model("plain");
        // Nothing but the first half of the second resolution matters.
        var family = new StudentFamily(model, shapes, ByMagnitude with
        {
            Units = graph => [.. graph.Units.Select(unit => graph.Groups[unit.Group].Units.Count == 64 && unit.Index < graph.Groups[unit.Group].Units[32] ? 100.0 : 1.0)],
        });

        var student = family.Find(0, null, new CostLimits(Macs: (long)(0.1 * family.Highest.Macs)), null)!;

        var shares = student.Widths.ToDictionary(width => width.Before, width => (double)width.Most / width.Before);
        Assert.True(shares[64] > shares[32] && shares[64] > shares[96]);
        int Proposed(bool inherits) => StudentProposals.Of(family, 32, inherits, new CostLimits(Macs: family.Highest.Macs / 2), null, default).Count;
        Assert.Equal(Proposed(inherits: false) + 1, Proposed(inherits: true)); // the network has no blocks, so there is one such proposal
    }

    [Fact]
    public void Where_blocks_alone_keep_the_budget_only_so_many_go_that_something_is_left_to_narrow()
    {
        var (model, shapes) = Model("resnet");
        var family = new StudentFamily(model, shapes, ByMagnitude);
        var limits = new CostLimits(Macs: (long)(0.6 * family.Highest.Macs));

        var most = family.MostBlocks(limits, null);

        Assert.False(limits.Allow(family.Find(most, 0, new CostLimits(), null)!.Cost));
        Assert.True(limits.Allow(family.Find(most + 1, 0, new CostLimits(), null)!.Cost));
        Assert.Equal(0, family.MostBlocks(new CostLimits(), null));
        Assert.Equal(7, family.MostBlocks(new CostLimits(Macs: 1), null));
        Assert.Equal(7, family.MostBlocks(new CostLimits(), _ => false));
    }

    [Fact]
    public void Bytes_parameters_and_a_further_condition_are_kept_too()
    {
        var (model, shapes) = Model("resnet");
        var family = new StudentFamily(model, shapes, ByMagnitude);
        var whole = family.Highest;

        var small = family.Find(2, 0, new CostLimits(Bytes: whole.Bytes / 3), null)!;
        var few = family.Find(2, 0, new CostLimits(Parameters: whole.Parameters / 3), null)!;
        var accepted = family.Find(2, 0, new CostLimits(), student => student.SizeInBytes < whole.Bytes / 3)!;

        Assert.InRange(small.Model.SizeInBytes, 0.9 * whole.Bytes / 3, whole.Bytes / 3.0);
        Assert.InRange(few.Cost.Parameters, 0.9 * whole.Parameters / 3, whole.Parameters / 3.0);
        Assert.True(accepted.Cost.Bytes < whole.Bytes / 3);
        Assert.Null(family.Find(0, 0, new CostLimits(Macs: 1), null));
        Assert.Null(family.Find(0, 0, new CostLimits(), _ => false));
    }

    [Fact]
    public void Inherited_weights_are_rows_of_the_originals()
    {
        var (model, shapes) = Model("perceptron");
        var family = new StudentFamily(model, shapes, ByMagnitude);

        var student = family.Find(0, 0, new CostLimits(Macs: family.Highest.Macs / 2), null)!;

        var (rows, kept) = (Rows(model, "fc1.weight"), Rows(student.Model, "fc1.weight"));
        Assert.InRange(kept.Count, 1, rows.Count - 1);
        Assert.Subset(rows.ToHashSet(), kept.ToHashSet());
    }

    [Fact]
    public void Widths_are_rounded_where_that_is_asked_for()
    {
        var (model, shapes) = Model("plain");
        var family = new StudentFamily(model, shapes, ByMagnitude) { RoundTo = 8 };

        var student = family.Find(0, 0, new CostLimits(Macs: (long)(0.3 * family.Highest.Macs)), null)!;

        Assert.All(student.Widths, width => Assert.Equal((0, 0), (width.Fewest % 8, width.Most % 8)));
    }

    [Fact]
    public void A_model_in_which_nothing_can_go_has_no_students()
    {
        var b = new ModelBuilder();
        var model = b.Build(b.Gemm(b.Input("input", "N", 4), 3));

        Assert.Equal(PruningException.NothingToRemove, Assert.Throws<PruningException>(() => new StudentFamily(model, new Dictionary<string, long[]> { ["input"] = [1, 4] }, ByMagnitude)).Code);
    }

    static List<string> Rows(OnnxModel model, string name)
    {
        var weight = model.Graph.Initializer.Single(tensor => tensor.Name == name);
        return [.. weight.ToFloats().Chunk((int)weight.Dims[1]).Select(row => string.Join(' ', row))];
    }

    /// <summary>Convolutions in three resolutions without any skip connection.</summary>
    static OnnxModel Plain()
    {
        var b = new ModelBuilder(seed: 3);
        var x = b.Input("input", "N", 3, 16, 16);
        foreach (var width in (int[])[32, 64, 96])
        {
            x = b.Relu(b.BatchNormalization(b.Conv(x, width, 3, padding: 1, bias: false)));
            x = b.MaxPool(b.Relu(b.Conv(x, width, 3, padding: 1)), 2, 2);
        }

        return b.Build(b.Gemm(b.Flatten(x), 10, name: "logits"));
    }

    /// <summary>Inverted residual blocks with depthwise convolutions, as MobileNetV2 has them.</summary>
    static OnnxModel Inverted()
    {
        var b = new ModelBuilder(seed: 3);
        var x = b.Relu6(b.Conv(b.Input("input", "N", 3, 16, 16), 8, 3, padding: 1));
        foreach (var (width, stride) in ((int, int)[])[(8, 1), (12, 2), (12, 1), (12, 1), (16, 2), (16, 1)])
        {
            var hidden = (int)b.Length(x, 1) * 4;
            var wide = b.Relu6(b.BatchNormalization(b.Conv(x, hidden, 1, bias: false)));
            wide = b.Relu6(b.BatchNormalization(b.Conv(wide, hidden, 3, stride, 1, hidden, bias: false)));
            var narrow = b.BatchNormalization(b.Conv(wide, width, 1, bias: false));
            x = stride == 1 ? b.Add(x, narrow) : narrow;
        }

        return b.Build(b.Gemm(b.Flatten(b.GlobalAveragePool(x)), 10, name: "logits"));
    }

    static (OnnxModel, IReadOnlyDictionary<string, long[]>) Model(string name)
    {
        var (model, size, channels) = name switch
        {
            "resnet" => (Networks.CifarResNet(20, width: 8, size: 16), 16, 3),
            "inverted" => (Inverted(), 16, 3),
            "plain" => (Plain(), 16, 3),
            "lenet" => (Networks.LeNet5(), 28, 1),
            _ => (Networks.LeNet300100(), 28, 1),
        };
        Simplification.Apply(model);
        return (model, new Dictionary<string, long[]> { ["input"] = [1, channels, size, size] });
    }
}
