using CompressTasks.Onnx;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Blocks;

public class ResidualBlockTests
{
    public static TheoryData<string> Graphs => BlockGraphs.Names;

    [Theory]
    [MemberData(nameof(Graphs))]
    public void A_removed_block_equals_one_whose_output_is_multiplied_by_zero(string name)
    {
        var (model, shapes, blocks) = Analyse(BlockGraphs.Build(name));
        Assert.Equal(BlockGraphs.BlocksOf(name), blocks.Count);
        foreach (var removed in Choices(blocks.Count))
        {
            var cut = BlockSurgery.Remove(model, blocks, removed);
            ModelChecker.Check(cut);
            var (masked, _) = BlockSurgery.WithGates(model, shapes, blocks, block => removed[block.Index] ? 0 : 1);
            Assert.InRange(OnnxRuntimeOracle.Difference(masked, cut, NastyGraphs.Shapes(model)), 0, 1e-5);
            Assert.Equal(model.Graph.Output.Select(output => output.Name), cut.Graph.Output.Select(output => output.Name));
        }
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void The_planned_cost_is_the_cost_of_the_cut_model(string name)
    {
        var (model, shapes, blocks) = Analyse(BlockGraphs.Build(name));
        foreach (var removed in Choices(blocks.Count))
        {
            var planned = new BlockCost(model, shapes, blocks).Of(removed);
            var cut = BlockSurgery.Remove(model, blocks, removed);
            var counted = CostModel.Count(cut, ShapeInference.Infer(cut, NastyGraphs.Shapes(model)));
            Assert.Equal((counted.Macs, counted.Parameters), (planned.Macs, planned.Parameters));
            Assert.InRange(Math.Abs(cut.SizeInBytes - planned.Bytes), 0, 400);
        }
    }

    [Fact]
    public void Known_networks_have_the_blocks_that_keep_their_shape()
    {
        Assert.Equal(7, Blocks(Networks.CifarResNet(20), [1, 3, 32, 32]).Count); // 9 less 2 that change the width
        Assert.Equal(5, Blocks(Networks.ResNet18(size: 32), [1, 3, 32, 32]).Count);
        Assert.Equal(10, Blocks(Networks.MobileNetV2(size: 32), [1, 3, 32, 32]).Count);
        Assert.Empty(Blocks(Networks.Vgg16(), [1, 3, 32, 32]));
    }

    [Fact]
    public void The_fewest_blocks_go_the_lowest_scores_first_and_what_is_not_needed_comes_back()
    {
        var (model, shapes, blocks) = Analyse(Networks.CifarResNet(20), [1, 3, 32, 32]);
        double[] scores = [5, 1, 2, 3, 4, 6, 7];
        var selection = new BlockSelection(model, shapes, blocks, scores);
        var full = selection.Nothing.Cost.Macs;
        var cut = selection.Find(new CostLimits((long)(0.7 * full)))!;
        Assert.True(cut.Cost.Macs <= 0.7 * full);
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 7).Where(block => cut.Removed[block]));
        Assert.Null(selection.Find(new CostLimits(1)));
        Assert.Equal(7, selection.Everything.Removed.Count(gone => gone));
        Assert.Equal(3, new BlockSelection(model, shapes, blocks, scores, mostPerGroup: 0.5).Everything.Removed.Count(gone => gone));
    }

    [Fact]
    public void The_table_of_layers_says_with_which_block_a_layer_went()
    {
        var (model, shapes, blocks) = Analyse(Networks.CifarResNet(8, size: 8), [1, 3, 8, 8]);
        var graph = CouplingGraph.Build(model, shapes);
        var layers = LayerOutcome.Of(graph, blocks, [true]).ToDictionary(layer => layer.Name);
        Assert.Equal((16, 0, blocks[0].Name), (layers["layer1.0.conv1"].Before, layers["layer1.0.conv1"].After, layers["layer1.0.conv1"].GoneWith));
        Assert.StartsWith("went with its block", layers["layer1.0.conv2"].Note, StringComparison.Ordinal);
        Assert.Equal((32, 32), (layers["layer2.0.conv1"].Before, layers["layer2.0.conv1"].After));
        // A later cut of channels knows nothing of the layers that went.
        var cut = BlockSurgery.Remove(model, blocks, [true]);
        var later = CouplingGraph.Build(cut, ShapeInference.Infer(cut, new Dictionary<string, long[]> { ["input"] = [1, 3, 8, 8] }));
        var removed = new bool[later.Units.Count];
        removed[later.Groups.First(group => group.Name == "layer2.0.conv1.weight").Units[0]] = true;
        var merged = LayerOutcome.Merge([.. layers.Values], LayerOutcome.Of(later, removed)).ToDictionary(layer => layer.Name);
        Assert.Equal((0, 32, 31), (merged["layer1.0.conv1"].After, merged["layer2.0.conv1"].Before, merged["layer2.0.conv1"].After));
    }

    [Fact]
    public void Scores_are_those_of_their_formulas()
    {
        var (model, shapes, blocks) = Analyse(BlockGraphs.Build("residual network"));
        using var module = new GraphModule(model);
        using var scope = NewDisposeScope();
        manual_seed(1);
        var inputs = randn(1, 3, 8, 8);
        module.eval();
        var values = module.Run([inputs], [blocks[0].Skip, blocks[0].Addition.Output[0]]);
        var cosine = nn.functional.cosine_similarity(values[0].flatten(1), values[1].flatten(1), 1, 1e-12).item<float>();
        Assert.Equal(1 - cosine, BlockScores.ByChange(module, blocks, [new Batch(inputs.clone(), null)])[0], 1e-5);

        // The derivative with respect to a factor on the branch, by a difference.
        float Loss(float factor)
        {
            using var gated = new GraphModule(BlockSurgery.WithGates(model, shapes, blocks, block => block.Index == 1 ? factor : 1).Model);
            gated.eval();
            using var output = gated.forward(inputs);
            return output.square().sum().item<float>();
        }

        var slope = (Loss(1.01f) - Loss(0.99f)) / 0.02;
        var taylor = BlockScores.ByTaylor(model, shapes, blocks, [new Batch(inputs.clone(), null)], (output, _) => output.square().sum());
        Assert.Equal(slope * slope, taylor[1], 0.02 * slope * slope);

        var weights = blocks[2].Nodes.Where(node => node.Is("Conv")).SelectMany(node => model.Graph.Initializer.Single(tensor => tensor.Name == node.Input[1]).ToFloats()).ToArray();
        Assert.Equal(weights.Average(Math.Abs), BlockScores.ByWeights(model, blocks, squared: false)[2], 1e-6);
        Assert.Equal(Math.Sqrt(weights.Average(weight => weight * weight)), BlockScores.ByWeights(model, blocks, squared: true)[2], 1e-6);
    }

    static IEnumerable<bool[]> Choices(int count) => Enumerable.Range(0, 1 << count).Select(bits => Enumerable.Range(0, count).Select(i => (bits >> i & 1) == 1).ToArray());

    static IReadOnlyList<ResidualBlock> Blocks(OnnxModel model, long[] shape) => Analyse(model, shape).Blocks;

    static (OnnxModel Model, GraphShapes Shapes, IReadOnlyList<ResidualBlock> Blocks) Analyse(OnnxModel model, long[]? shape = null)
    {
        Simplification.Apply(model);
        var shapes = ShapeInference.Infer(model, shape is null ? NastyGraphs.Shapes(model) : new Dictionary<string, long[]> { ["input"] = shape });
        return (model, shapes, ResidualBlock.Find(model, shapes));
    }
}
