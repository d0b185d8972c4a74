using Google.Protobuf;

namespace CompressTasks.Onnx.Tests;

public class NetworksTests
{
    public static TheoryData<string, long, long> Known => new()
    {
        // 784*300 + 300*100 + 100*10 products; a bias for every output.
        { "LeNet300100", (784 * 300) + (300 * 100) + (100 * 10) + 300 + 100 + 10, (784 * 300) + (300 * 100) + (100 * 10) },
        // 24x24 and 8x8 convolution outputs; 50 maps of 4x4 enter the first Gemm.
        { "LeNet5", 431_080, (24 * 24 * 20 * 25) + (8 * 8 * 50 * 20 * 25) + (800 * 500) + (500 * 10) },
        { "CifarResNet20", 272_474, 40_813_184 },
        { "CifarResNet56", 855_770, ResNetMacs(9) },
        { "Vgg16", VggParameters(), VggMacs() },
        { "MobileNetV2", 3_504_872, 300_774_272 },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Counts_are_those_of_the_literature(string network, long parameters, long macs)
    {
        var model = Make(network);

        var cost = CostModel.Count(model, ShapeInference.Infer(model, InputShapes.Resolve(model)));

        Assert.Equal(parameters, cost.Parameters);
        Assert.Equal(macs, cost.Macs);
        Assert.Equal(2 * macs, cost.Flops);
    }

    [Theory]
    [InlineData("LeNet300100")]
    [InlineData("LeNet5")]
    [InlineData("CifarResNet20")]
    [InlineData("Vgg16")]
    public void The_runtime_runs_them_on_any_batch_and_every_shape_is_as_inferred(string network)
    {
        var model = Make(network);
        ModelChecker.Check(model);
        var shapes = InputShapes.Resolve(model, dynamicLength: 3);

        var outputs = Runtime.Run(model, shapes);

        var inferred = ShapeInference.Infer(model, shapes);
        Assert.True(inferred.TryGetKnown("logits", out var logits));
        Assert.Equal([3, 10], logits);
        Assert.Equal(logits, outputs["logits"].Shape);
        Assert.All(outputs["logits"].Values, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        var first = Networks.CifarResNet(20, seed: 7).Proto.ToByteArray();

        Assert.Equal(first, Networks.CifarResNet(20, seed: 7).Proto.ToByteArray());
        Assert.NotEqual(first, Networks.CifarResNet(20, seed: 8).Proto.ToByteArray());
    }

    [Fact]
    public void A_depth_that_no_residual_network_has_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Networks.CifarResNet(21));

    static OnnxModel Make(string network) => network switch
    {
        "LeNet300100" => Networks.LeNet300100(),
        "LeNet5" => Networks.LeNet5(),
        "CifarResNet20" => Networks.CifarResNet(20),
        "CifarResNet56" => Networks.CifarResNet(56),
        "Vgg16" => Networks.Vgg16(),
        _ => Networks.MobileNetV2(),
    };

    /// <summary>Three stages of n blocks; every stage has the same cost a convolution: 32*32*16*16*9 multiply-accumulates.</summary>
    static long ResNetMacs(int n)
    {
        const long full = 32 * 32 * 16 * 16 * 9;
        var first = 32 * 32 * 16 * 3 * 9;
        var shortcuts = (16 * 16 * 32 * 16) + (8 * 8 * 64 * 32);
        // The convolution that halves the image reads half as many channels as it writes.
        return first + (full * 2 * n) + (2 * ((full * ((2 * n) - 1)) + (full / 2))) + shortcuts + (64 * 10);
    }

    static readonly (int Given, int Width, int Side)[] vgg =
    [
        (3, 64, 32), (64, 64, 32), (64, 128, 16), (128, 128, 16), (128, 256, 8), (256, 256, 8), (256, 256, 8),
        (256, 512, 4), (512, 512, 4), (512, 512, 4), (512, 512, 2), (512, 512, 2), (512, 512, 2),
    ];

    static long VggParameters() => vgg.Sum(layer => (layer.Given * layer.Width * 9L) + (2 * layer.Width)) + (512 * 10) + 10;

    static long VggMacs() => vgg.Sum(layer => (long)layer.Side * layer.Side * layer.Given * layer.Width * 9) + (512 * 10);
}
