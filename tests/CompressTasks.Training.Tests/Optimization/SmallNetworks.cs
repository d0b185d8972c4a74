using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.Optimization;

/// <summary>Networks and data that train in milliseconds.</summary>
static class SmallNetworks
{
    /// <summary>8 x 8 images to 3 classes, with batch normalisation, so that buffers are trained too.</summary>
    public static nn.Module<Tensor, Tensor> Convolutional(int seed = 1)
    {
        random.manual_seed(seed);
        return nn.Sequential(nn.Conv2d(1, 6, 3, padding: 1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(96, 3));
    }

    /// <summary>Images of three classes: a bright bar at a row of its own, in noise.</summary>
    public static DataSet Bars(int count = 96, int seed = 3, bool labelled = true)
    {
        random.manual_seed(seed);
        var images = rand(count, 1, 8, 8).mul_(0.4);
        var classes = arange(count, dtype: ScalarType.Int64).remainder(3);
        for (var i = 0; i < count; i++) images[i, 0, 1 + (2 * (i % 3))].add_(0.6);
        return DataSets.FromTensors("bars", images, labelled ? classes : null);
    }

    public static byte[] Weights(nn.Module module)
    {
        using var scope = NewDisposeScope();
        return [.. module.parameters().Cast<Tensor>().Concat(module.buffers()).SelectMany(tensor => tensor.detach().contiguous().bytes.ToArray())];
    }
}
