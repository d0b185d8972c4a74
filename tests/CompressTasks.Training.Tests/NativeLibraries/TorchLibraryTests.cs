using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Training.Tests.NativeLibraries;

public class TorchLibraryTests
{
    [Fact]
    public void Torch_loads_and_trains_a_layer()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var inputs = randn(64, 4);
        var targets = inputs.matmul(tensor(new[] { 1f, -2f, 3f, 0.5f }).reshape(4, 1));
        var layer = nn.Linear(4, 1);
        var optimizer = optim.SGD(layer.parameters(), 0.1);
        for (var step = 0; step < 200; step++)
        {
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(layer.forward(inputs), targets);
            loss.backward();
            optimizer.step();
        }

        Assert.InRange(nn.functional.mse_loss(layer.forward(inputs), targets).item<float>(), 0f, 1e-4f);
    }

    [Fact]
    public void Libtorch_is_loaded_from_the_packages_folder_and_copied_nowhere()
    {
        Assert.False(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")));
        Assert.Empty(Directory.EnumerateFiles(AppContext.BaseDirectory, "*torch_cpu*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_version_that_relocations_use_is_left_alone()
    {
        var shim = Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).FirstOrDefault();
        if (shim is null) return;
        var image = File.ReadAllBytes(shim);
        Assert.False(WeakSymbolVersion.TryWeaken(image, "GLIBCXX_3.4"));
        Assert.False(WeakSymbolVersion.TryWeaken(image, "GLIBCXX_9.9.9"));
        Assert.Equal(File.ReadAllBytes(shim), image);
    }
}
