using CompressTasks.EndToEnd.Tests.Building;

namespace CompressTasks.EndToEnd.Tests;

/// <summary>What the package does in a user's build; a fake worker stands for the engine.</summary>
[Collection(PackagesCollection.Name)]
public sealed class BuildTests(PackedPackages packages)
{
    const string Item = """<CompressModel Include="models/net.onnx" TrainingData="data/train.npz" MaxSize="400KB" />""";

    [Fact]
    public void The_compressed_model_lies_beside_the_app_and_no_original_with_it()
    {
        var project = new ConsumerProject(packages, Item);
        var built = project.Build().Succeeded();
        Assert.Equal("compressed to 400KB", project.Output("models", "net.onnx"));
        Assert.Contains("models/net.onnx -> 400KB", built.Output, StringComparison.Ordinal);
        Assert.Equal(1, project.WorkerStarts);
        Assert.DoesNotContain(Directory.EnumerateFiles(project.At("bin"), "*", SearchOption.AllDirectories), file => file.Contains("torch", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_second_build_starts_no_worker_and_a_changed_budget_does()
    {
        var project = new ConsumerProject(packages, Item);
        project.Build().Succeeded();
        project.Build().Succeeded();
        Assert.Equal(1, project.WorkerStarts);
        project.WriteProject(Item.Replace("400KB", "300KB", StringComparison.Ordinal));
        project.Build().Succeeded();
        Assert.Equal(2, project.WorkerStarts);
        Assert.Equal("compressed to 300KB", project.Output("models", "net.onnx"));
    }
}
