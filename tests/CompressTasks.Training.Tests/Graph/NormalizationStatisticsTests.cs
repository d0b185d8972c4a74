using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Graph;

public class NormalizationStatisticsTests
{
    [Fact]
    public void Training_normalises_with_the_batch_and_moves_the_running_statistics()
    {
        using var scope = NewDisposeScope();
        using var module = Module(momentum: 0.8f);
        var input = Input(1);
        var (mean, variance) = (module.Buffers["mean"].clone(), module.Buffers["variance"].clone());
        module.train();
        var output = module.forward(input);
        var centred = input - input.mean([0, 2, 3], keepdim: true);
        var expected = centred / (centred.square().mean([0, 2, 3], keepdim: true) + 1e-5).sqrt();
        expected = expected * module.Weights["scale"].reshape(3, 1, 1) + module.Weights["bias"].reshape(3, 1, 1);
        Assert.True(output.allclose(expected, 1e-4, 1e-5));
        Assert.True(module.Buffers["mean"].allclose(mean * 0.8 + input.mean([0, 2, 3]) * 0.2, 1e-5, 1e-6));
        Assert.True(module.Buffers["variance"].allclose(variance * 0.8 + input.var([0, 2, 3], unbiased: true) * 0.2, 1e-5, 1e-6));
    }

    [Fact]
    public void Evaluation_leaves_the_running_statistics_alone()
    {
        using var scope = NewDisposeScope();
        using var module = Module(momentum: 0.8f);
        module.eval();
        var before = module.Buffers["mean"].clone();
        _ = module.forward(Input(1));
        Assert.True(before.Equals(module.Buffers["mean"]));
    }

    [Fact]
    public void Re_estimated_statistics_are_the_average_over_all_batches_since_the_reset()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = Module(momentum: 0.8f);
        module.train();
        _ = module.forward(Input(9));
        for (var round = 0; round < 2; round++)
        {
            module.ResetNormalizationStatistics();
            module.CumulativeStatistics = true;
            for (var seed = 1; seed <= 3; seed++) _ = module.forward(Input(seed));
            module.CumulativeStatistics = false;
            var means = stack(Enumerable.Range(1, 3).Select(seed => Input(seed).mean([0, 2, 3])));
            var variances = stack(Enumerable.Range(1, 3).Select(seed => Input(seed).var([0, 2, 3], unbiased: true)));
            Assert.True(module.Buffers["mean"].allclose(means.mean([0L]), 1e-4, 1e-5));
            Assert.True(module.Buffers["variance"].allclose(variances.mean([0L]), 1e-4, 1e-5));
        }
    }

    [Fact]
    public void A_batch_with_one_value_per_channel_is_an_error_in_training()
    {
        using var scope = NewDisposeScope();
        using var module = Module(momentum: 0.9f);
        module.train();
        Assert.Throws<Onnx.ModelException>(() => module.forward(ones(1, 3, 1, 1)));
        module.eval();
        Assert.Equal([1, 3, 1, 1], module.forward(ones(1, 3, 1, 1)).shape);
    }

    static Tensor Input(int seed)
    {
        manual_seed(seed);
        return randn(4, 3, 5, 5) * 2 + 1;
    }

    static GraphModule Module(float momentum)
    {
        var builder = new Models();
        string[] inputs =
        [
            builder.Input(-1, 3, -1, -1), builder.Weight("scale", 1, 0.2f, 3), builder.Weight("bias", 0, 0.2f, 3),
            builder.Weight("mean", 0, 0.2f, 3), builder.Weight("variance", 1, 0.1f, 3),
        ];
        return new GraphModule(builder.Build(builder.Node("BatchNormalization", inputs, node => Onnx.NodeAttributes.Set(node, "momentum", momentum))));
    }
}
