using CompressTasks.Onnx;
using CompressTasks.Pruning.Reconstruction;
using CompressTasks.Training;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Tests.Reconstruction;

public class SecondMomentsTests
{
    static readonly Dictionary<string, Func<ModelBuilder, string>> Nodes = new()
    {
        ["Conv 1d, stride, uneven pads"] = b => Conv(b, [5, 4, 3], new { strides = new[] { 2 }, pads = new[] { 2, 1 } }, b.Input("x", "N", 4, 11)),
        ["Conv 2d, pads"] = b => Conv(b, [5, 4, 3, 2], new { pads = new[] { 1, 0, 2, 1 } }, b.Input("x", "N", 4, 7, 6)),
        ["Conv 2d, groups, strides, dilations"] = b => Conv(b, [6, 2, 3, 3], new { group = 2, strides = new[] { 2, 1 }, dilations = new[] { 2, 1 } }, b.Input("x", "N", 4, 9, 7)),
        ["Conv 2d, depthwise, same"] = b => Conv(b, [4, 1, 3, 3], new { group = 4, auto_pad = "SAME_UPPER", strides = new[] { 2, 2 } }, b.Input("x", "N", 4, 7, 8)),
        ["Conv 3d"] = b => Conv(b, [3, 4, 2, 2, 2], new { pads = new[] { 1, 0, 0, 0, 1, 0 } }, b.Input("x", "N", 4, 4, 3, 5)),
        ["Gemm"] = b => b.Node("Gemm", [b.Input("x", "N", 4), b.RandomWeight("w", [4, 3], 1, 1)]),
        ["Gemm, transB, alpha"] = b => b.Node("Gemm", [b.Input("x", "N", 4), b.RandomWeight("w", [3, 4], 1, 1)], new { transB = 1, alpha = 0.5f }),
        ["Gemm, transA"] = b => b.Node("Gemm", [b.Transpose(b.Input("x", "N", 4), 1, 0), b.RandomWeight("w", [4, 3], 1, 1)], new { transA = 1 }),
        ["MatMul, rank 4"] = b => b.Node("MatMul", [b.Input("x", "N", 2, 3, 4), b.RandomWeight("w", [4, 3], 1, 1)]),
        ["MatMul, several matrices"] = b => b.Node("MatMul", [b.Input("x", "N", 2, 3, 4), b.RandomWeight("w", [2, 4, 5], 1, 1)]),
        ["MatMul, several matrices for one input"] = b => b.Node("MatMul", [b.Input("x", "N", 1, 3, 4), b.RandomWeight("w", [1, 6, 4, 5], 1, 1)]),
        ["MatMul, a vector"] = b => b.Node("MatMul", [b.Input("x", "N", 3, 4), b.RandomWeight("w", [4], 1, 1)]),
    };

    public static TheoryData<string> Names => [.. Nodes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Matrices_times_what_was_seen_are_the_node_s_outputs(string name)
    {
        using var scope = NewDisposeScope();
        var b = new ModelBuilder(2);
        var model = b.Build(Nodes[name](b));
        using var module = new GraphModule(model);
        var dimensions = model.Graph.Input[0].Type.TensorType.Shape.Dim;
        var inputs = randn([6, .. dimensions.Skip(1).Select(dimension => dimension.DimValue)]).add(0.5);
        var output = module.forward(inputs).detach().to(float64);
        var layer = Assert.Single(LinearLayer.Of(module));
        var moments = SecondMoments.Collect(module, [layer], [Batch(inputs, 0, 4), Batch(inputs, 4, 6)])[layer.Weight];
        var weights = layer.ToMatrices(module.Weights[layer.Weight].detach()).to(float64);
        Assert.Equal([layer.Groups, layer.Rows, layer.Columns], weights.shape);
        Close(output.square().sum(), (weights.bmm(moments.Raw()) * weights).sum() * moments.Count);
        Close(output.sum(), weights.bmm(moments.Mean().unsqueeze(2)).sum() * moments.Count);
        Assert.Equal(output.numel(), layer.Groups * layer.Rows * moments.Count);
        Assert.True(layer.FromMatrices(weights).to(float32).equal(module.Weights[layer.Weight]).all().item<bool>());
        moments.Dispose();
    }

    [Fact]
    public void Layers_are_taken_together_as_far_as_memory_goes()
    {
        using var module = new GraphModule(Networks.LeNet5());
        var layers = LinearLayer.Of(module);
        Assert.Equal(["conv1.weight", "conv2.weight", "fc1.weight", "logits.weight"], layers.Select(layer => layer.Weight));
        // 25, 500, 800 and 500 columns, 8 bytes each squared.
        Assert.Equal([5_000, 2_000_000, 5_120_000, 2_000_000], layers.Select(SecondMoments.Bytes));
        Assert.Equal([2, 1, 1], SecondMoments.Parts(layers, 3_000_000).Select(part => part.Count));
        Assert.Equal([1, 1, 1, 1], SecondMoments.Parts(layers, 0).Select(part => part.Count));
    }

    [Fact]
    public void No_batch_is_an_error_with_its_code()
    {
        using var module = new GraphModule(Networks.LeNet5());
        var exception = Assert.Throws<PruningException>(() => SecondMoments.Collect(module, LinearLayer.Of(module), []));
        Assert.Equal(PruningException.CriterionNeedsData, exception.Code);
    }

    static string Conv(ModelBuilder b, long[] shape, object attributes, string input) => b.Node("Conv", [input, b.RandomWeight("w", shape, 1, 1)], attributes);

    static Batch Batch(Tensor inputs, long start, long end) => new(inputs.slice(0, start, end, 1).clone(), null);

    static void Close(Tensor expected, Tensor actual) =>
        Assert.Equal(expected.item<double>(), actual.item<double>(), 1e-4 * (1 + Math.Abs(expected.item<double>())));
}
