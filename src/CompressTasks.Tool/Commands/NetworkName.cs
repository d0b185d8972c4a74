using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>A network that <c>compress train</c> can make anew.</summary>
sealed record NetworkName
{
    readonly Func<int, int, int, int, OnnxModel> build;

    NetworkName(string name, Func<int, int, int, int, OnnxModel> build)
    {
        Name = name;
        this.build = build;
    }

    public string Name { get; }

    /// <summary>What help lists; other depths of the residual network are accepted as well.</summary>
    public static IReadOnlyList<string> Known { get; } = ["lenet-300-100", "lenet-5", "resnet-20", "resnet-56", "vgg-16", "mobilenet-v2"];

    /// <returns>Null for an unknown name.</returns>
    public static NetworkName? TryParse(string text)
    {
        const string ResNet = "resnet-";
        return text switch
        {
            "lenet-300-100" => new(text, Networks.LeNet300100),
            "lenet-5" => new(text, Networks.LeNet5),
            "vgg-16" => new(text, Networks.Vgg16),
            "mobilenet-v2" => new(text, Networks.MobileNetV2),
            // Depths of this family are 6n + 2.
            _ when text.StartsWith(ResNet, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(ResNet.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var depth)
                && depth >= 8 && (depth - 2) % 6 == 0 => new(text, (seed, classes, channels, size) => Networks.CifarResNet(depth, seed, classes, channels, size)),
            _ => null,
        };
    }

    /// <summary>The network with fresh weights for the images and classes of <paramref name="data"/>.</summary>
    /// <exception cref="UsageException">CMP0101 when the samples are not square images with class labels.</exception>
    public OnnxModel Build(DataSet data, int seed)
    {
        var (channels, size) = data.SampleShape switch
        {
            [var height, var width] when height == width => (1, (int)height),
            [(1 or 3 or 4) and var first, var height, var width] when height == width => ((int)first, (int)height),
            [var height, var width, (1 or 3 or 4) and var last] when height == width => ((int)last, (int)height),
            _ => throw new UsageException($"{Name} takes square images, and the samples of '{data.Source}' are {string.Join(" x ", data.SampleShape)}.", "Train a MODEL of your own on them."),
        };
        var classes = data.ClassCount ?? throw new UsageException($"{Name} is a classifier, and '{data.Source}' has no class labels.", "Train a MODEL of your own on it.");
        return build(seed, classes, channels, size);
    }
}
