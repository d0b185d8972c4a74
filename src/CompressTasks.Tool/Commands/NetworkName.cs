using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Training;

namespace CompressTasks.Tool.Commands;

/// <summary>A network that <c>compress train</c> can make anew.</summary>
sealed record NetworkName
{
    readonly Func<NetworkShape, OnnxModel> build;

    NetworkName(string name, Func<NetworkShape, OnnxModel> build, bool hasWidth = false)
    {
        Name = name;
        this.build = build;
        HasWidth = hasWidth;
    }

    public string Name { get; }

    /// <summary>True where width and first stride can be chosen.</summary>
    public bool HasWidth { get; }

    /// <summary>What help lists; other depths of the residual network are accepted as well.</summary>
    public static IReadOnlyList<string> Known { get; } = ["lenet-300-100", "lenet-5", "resnet-8", "resnet-20", "resnet-56", "resnet-18", "vgg-16", "mobilenet-v2"];

    /// <returns>Null for an unknown name.</returns>
    public static NetworkName? TryParse(string text)
    {
        const string ResNet = "resnet-";
        return text switch
        {
            "lenet-300-100" => new(text, shape => Networks.LeNet300100(shape.Seed, shape.Classes, shape.Channels, shape.Size)),
            "lenet-5" => new(text, shape => Networks.LeNet5(shape.Seed, shape.Classes, shape.Channels, shape.Size)),
            "resnet-18" => new(text, shape => Networks.ResNet18(shape.Seed, shape.Classes, shape.Channels, shape.Size)),
            "vgg-16" => new(text, shape => Networks.Vgg16(shape.Seed, shape.Classes, shape.Channels, shape.Size)),
            "mobilenet-v2" => new(text, shape => Networks.MobileNetV2(shape.Seed, shape.Classes, shape.Channels, shape.Size)),
            // Depths of this family are 6n + 2.
            _ when text.StartsWith(ResNet, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(ResNet.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var depth)
                && depth >= 8 && (depth - 2) % 6 == 0 => new(
                    text,
                    shape => Networks.CifarResNet(depth, shape.Seed, shape.Classes, shape.Channels, shape.Size, shape.Width ?? 16, shape.Stride ?? 1),
                    hasWidth: true),
            _ => null,
        };
    }

    /// <summary>The network with fresh weights for the images and classes of <paramref name="data"/>.</summary>
    /// <param name="width">Channels of a residual network's first stage; null for 16.</param>
    /// <param name="stride">Of its first convolution; null for 1.</param>
    /// <exception cref="UsageException">CMP0101 when the samples are not square images with class labels, or width and stride are not this network's to choose.</exception>
    public OnnxModel Build(DataSet data, int seed, int? width = null, int? stride = null)
    {
        if (!HasWidth && (width ?? stride) is not null) throw new UsageException($"The widths of {Name} are fixed.", "--width and --stride are for resnet-N.");
        var (channels, size) = data.SampleShape switch
        {
            [var rows, var columns] when rows == columns => (1, (int)rows),
            [(1 or 3 or 4) and var first, var rows, var columns] when rows == columns => ((int)first, (int)rows),
            [var rows, var columns, (1 or 3 or 4) and var last] when rows == columns => ((int)last, (int)rows),
            _ => throw new UsageException($"{Name} takes square images, and the samples of '{data.Source}' are {string.Join(" x ", data.SampleShape)}.", "Train a MODEL of your own on them."),
        };
        var classes = data.ClassCount ?? throw new UsageException($"{Name} is a classifier, and '{data.Source}' has no class labels.", "Train a MODEL of your own on it.");
        return build(new NetworkShape(seed, classes, channels, size, width, stride));
    }

    sealed record NetworkShape(int Seed, int Classes, int Channels, int Size, int? Width, int? Stride);
}
