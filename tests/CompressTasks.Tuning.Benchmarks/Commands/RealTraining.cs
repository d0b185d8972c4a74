using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Tuning.Benchmarks;

/// <summary>Small networks for images of 28 x 28 in ten classes, and their trainings.</summary>
static class RealTraining
{
    const int Classes = 10;

    public static DataSet Open(Options options, string name) =>
        DataSets.Open(options.Text(name) ?? throw new ArgumentException($"--{name} is missing.")).EnsureFits([-1, 1, 28, 28]);

    /// <summary>Two hidden layers.</summary>
    public static GraphModule Perceptron(int width)
    {
        var network = new ModelBuilder(seed: 1);
        var hidden = network.Flatten(network.Input("image", "N", 1, 28, 28));
        for (var layer = 0; layer < 2; layer++) hidden = network.Relu(network.Gemm(hidden, width));
        return new(network.Build(network.Gemm(hidden, Classes)));
    }

    /// <summary>Two convolutions that halve the image each.</summary>
    public static GraphModule Convolutions(int channels, int kernel)
    {
        var network = new ModelBuilder(seed: 1);
        var image = network.Input("image", "N", 1, 28, 28);
        var hidden = network.Relu(network.Conv(image, channels, kernel, stride: 2, padding: kernel / 2));
        hidden = network.Relu(network.Conv(hidden, 2 * channels, kernel, stride: 2, padding: kernel / 2));
        return new(network.Build(network.Gemm(network.Flatten(hidden), Classes)));
    }

    /// <returns>Validation error after each epoch; null where the loss diverged.</returns>
    public static double[]? Errors(GraphModule module, TrainingRecipe recipe, DataSet training, DataSet? validation, CancellationToken cancellation)
    {
        try
        {
            return [.. new Trainer(module, recipe).Train(training, validation, cancellation).History.Select(epoch => 1 - epoch.Validation ?? double.NaN)];
        }
        catch (TrainingException exception) when (exception.Code == TrainingException.Diverged)
        {
            return null;
        }
    }
}
