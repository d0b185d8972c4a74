namespace CompressTasks.Onnx;

/// <summary>
/// Well-known image classifiers with fresh weights: input "input" [N, channels, size, size], output "logits" [N, classes]. The same seed
/// gives the same bytes.
/// </summary>
public static class Networks
{
    /// <summary>The classifier's weights start smaller than He's, so that a new network begins near equal probabilities.</summary>
    const double ClassifierGain = 0.5773502691896258;

    /// <summary>LeNet-300-100 (LeCun et al. 1998): 266,610 parameters for 28 x 28 images.</summary>
    public static OnnxModel LeNet300100(int seed = 1, int classes = 10, int channels = 1, int size = 28)
    {
        var b = new ModelBuilder(seed, name: "lenet_300_100");
        var x = b.Flatten(b.Input("input", "N", channels, size, size));
        x = b.Relu(b.Gemm(x, 300, name: "fc1"));
        x = b.Relu(b.Gemm(x, 100, name: "fc2"));
        return b.Build(b.Gemm(x, classes, gain: ClassifierGain, name: "logits"));
    }

    /// <summary>LeNet-5 with the widths 20-50-500 that Caffe made usual: 431,080 parameters for 28 x 28 images.</summary>
    public static OnnxModel LeNet5(int seed = 1, int classes = 10, int channels = 1, int size = 28)
    {
        var b = new ModelBuilder(seed, name: "lenet_5");
        var x = b.Input("input", "N", channels, size, size);
        x = b.MaxPool(b.Conv(x, 20, 5, name: "conv1"), 2, 2);
        x = b.MaxPool(b.Conv(x, 50, 5, name: "conv2"), 2, 2);
        x = b.Relu(b.Gemm(b.Flatten(x), 500, name: "fc1"));
        return b.Build(b.Gemm(x, classes, gain: ClassifierGain, name: "logits"));
    }

    /// <summary>
    /// Residual network for small images (He et al. 2016, section 4.2): depth 6n + 2, three stages of n blocks with 1, 2 and 4 times the
    /// width;
    /// shortcuts that change shape are 1 x 1 projections. Depth 20: 272,474 parameters; depth 56: 855,770.
    /// </summary>
    /// <param name="depth">6n + 2.</param>
    /// <param name="width">Channels of the first stage.</param>
    /// <param name="stride">Of the first convolution: 2 runs every stage at half the resolution.</param>
    public static OnnxModel CifarResNet(
        int depth = 20, int seed = 1, int classes = 10, int channels = 3, int size = 32, int width = 16, int stride = 1)
    {
        if (depth < 8 || (depth - 2) % 6 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(depth), depth, "The depth is 6n + 2: 8, 14, 20, 26 ...");
        }
        var b = new ModelBuilder(seed, name: $"cifar_resnet{depth}");
        var x = b.Relu(Normalized(b, b.Input("input", "N", channels, size, size), width, 3, stride, 1, "conv1"));
        for (var stage = 0; stage < 3; stage++)
        {
            for (var block = 0; block < (depth - 2) / 6; block++)
            {
                x = ResidualBlock(b, x, width << stage, stage > 0 && block == 0 ? 2 : 1, $"layer{stage + 1}.{block}");
            }
        }

        return Classifier(b, x, classes);
    }

    /// <summary>
    /// ResNet-18 (He et al. 2016): 11,689,512 parameters and 1,814,073,344 multiply-accumulates for 1000 classes at 224 x 224.
    /// </summary>
    /// <param name="size">A multiple of 32.</param>
    public static OnnxModel ResNet18(int seed = 1, int classes = 1000, int channels = 3, int size = 224)
    {
        var b = new ModelBuilder(seed, name: "resnet18");
        var x = b.Relu(Normalized(b, b.Input("input", "N", channels, size, size), 64, 7, 2, 1, "conv1"));
        x = b.MaxPool(x, 3, 2, padding: 1);
        for (var block = 0; block < 8; block++)
        {
            var stage = block / 2;
            x = ResidualBlock(b, x, 64 << stage, stage > 0 && block % 2 == 0 ? 2 : 1, $"layer{stage + 1}.{block % 2}");
        }

        return Classifier(b, x, classes);
    }

    /// <summary>
    /// VGG-16 for small images: 13 convolutions with batch normalisation and one classifier layer. The size is a multiple of 32.
    /// </summary>
    public static OnnxModel Vgg16(int seed = 1, int classes = 10, int channels = 3, int size = 32)
    {
        var b = new ModelBuilder(seed, name: "vgg16_bn");
        var x = b.Input("input", "N", channels, size, size);
        var number = 0;
        foreach (var (width, count) in new[] { (64, 2), (128, 2), (256, 3), (512, 3), (512, 3) })
        {
            for (var i = 0; i < count; i++) x = b.Relu(Normalized(b, x, width, 3, 1, 1, $"conv{++number}"));
            x = b.MaxPool(x, 2, 2);
        }

        return b.Build(b.Gemm(b.Flatten(x), classes, gain: ClassifierGain, name: "logits"));
    }

    /// <summary>
    /// MobileNetV2 (Sandler et al. 2018), width 1: 3,504,872 parameters and 300,774,272 multiply-accumulates for 1000 classes at 224 x 224.
    /// </summary>
    public static OnnxModel MobileNetV2(int seed = 1, int classes = 1000, int channels = 3, int size = 224)
    {
        var b = new ModelBuilder(seed, name: "mobilenet_v2");
        var x = b.Relu6(Normalized(b, b.Input("input", "N", channels, size, size), 32, 3, 2, 1, "features.0"));
        var number = 0;
        (int, int, int, int)[] stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];
        foreach (var (expansion, width, count, firstStride) in stages)
        {
            for (var i = 0; i < count; i++) x = InvertedResidual(b, x, width, expansion, i == 0 ? firstStride : 1, $"features.{++number}");
        }

        x = b.Relu6(Normalized(b, x, 1280, 1, 1, 1, "features.18"));
        return Classifier(b, x, classes);
    }

    static string ResidualBlock(ModelBuilder b, string input, int width, int stride, string name)
    {
        var x = b.Relu(Normalized(b, input, width, 3, stride, 1, name + ".conv1"));
        x = Normalized(b, x, width, 3, 1, 1, name + ".conv2");
        var shortcut = stride == 1 && b.Length(input, 1) == width ? input : Normalized(b, input, width, 1, stride, 1, name + ".shortcut");
        return b.Relu(b.Add(x, shortcut));
    }

    static string InvertedResidual(ModelBuilder b, string input, int width, int expansion, int stride, string name)
    {
        var given = (int)b.Length(input, 1);
        var hidden = given * expansion;
        var x = expansion == 1 ? input : b.Relu6(Normalized(b, input, hidden, 1, 1, 1, name + ".expand"));
        x = b.Relu6(Normalized(b, x, hidden, 3, stride, hidden, name + ".depthwise"));
        x = Normalized(b, x, width, 1, 1, 1, name + ".project");
        return stride == 1 && given == width ? b.Add(input, x) : x;
    }

    static string Normalized(ModelBuilder b, string input, int width, int kernel, int stride, int groups, string name) =>
        b.BatchNormalization(b.Conv(input, width, kernel, stride, kernel / 2, groups, bias: false, name: name), name: name + ".bn");

    static OnnxModel Classifier(ModelBuilder b, string input, int classes) =>
        b.Build(b.Gemm(b.Flatten(b.GlobalAveragePool(input)), classes, gain: ClassifierGain, name: "logits"));
}
