using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using CompressTasks.EndToEnd.Tests.Building;
using CompressTasks.Onnx;

namespace CompressTasks.EndToEnd.Tests;

/// <summary>The whole way with the packaged worker: what the build says about mistakes, and a small model that is really compressed.</summary>
[Collection(PackagesCollection.Name)]
public sealed class CompressionTests(PackedPackages packages)
{
    const int Images = 240, Size = 12, Classes = 3;

    [Theory]
    [InlineData("""<CompressModel Include="models/net.onnx" MaxMacs="12 parsecs" />""", "MaxMacs", "CMP0201")]
    [InlineData("""<CompressModel Include="models/net.onnx" MaxMacs="50%" Provider="cuda" />""", "Provider", "CMP0131")]
    [InlineData("""<CompressModel Include="models/net.onnx" MaxMacs="50%" Student="auto" />""", "<CompressModel", "CMP0112")]
    [InlineData("""<CompressModel Include="models/none.onnx" MaxMacs="50%" />""", "<CompressModel", "CMP0001")]
    [InlineData("""<CompressModel Include="Program.cs" MaxMacs="50%" />""", "<CompressModel", "CMP0002")]
    [InlineData("""<CompressModel Include="models/net.onnx" TrainingData="data/none.npz" MaxMacs="50%" />""", "TrainingData", "CMP0401")]
    [InlineData("""<CompressModel Include="models/net.onnx" MaxMacs="60%" MaxMemory="1KB" />""", "MaxMemory", "CMP0203")]
    [InlineData("""<CompressModel Include="models/net.onnx" MaxSize="20B" />""", "MaxSize", "CMP0203")]
    public void A_mistake_is_an_error_at_its_place_and_nothing_is_written(string item, string place, string code)
    {
        var project = Project(item);
        var expected = $"{project.ProjectFile}({project.LineOf(place)},{project.ColumnOf(place)}): error {code}: ";
        var built = project.Build().Failed();
        Assert.Contains(expected, built.Output, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateDirectories(project.At("obj", "Debug", "compress")), folder => Assert.Empty(Directory.EnumerateFiles(folder, "*.onnx")));
    }

    [Fact]
    public void Without_data_a_model_is_cut_to_its_budget()
    {
        var project = Project("""<CompressModel Include="models/net.onnx" MaxMacs="60%" />""");
        project.Build().Succeeded();
        var report = Report(project);
        Assert.True((double)report["after"]!["macs"]! <= 0.6 * (double)report["before"]!["macs"]!);
        Assert.True(new FileInfo(project.At("bin", "Debug", "net10.0", "models", "net.onnx")).Length < new FileInfo(project.At("models", "net.onnx")).Length);
    }

    [Fact]
    public void With_data_a_model_is_cut_and_trained_with_the_libtorch_that_the_project_downloads()
    {
        var project = Project($"""
            <PackageDownload Include="libtorch-cpu-$(NETCoreSdkPortableRuntimeIdentifier)" Version="[{PackedPackages.LibTorchVersion}]" />
            <CompressModel Include="models/net.onnx" TrainingData="data/train.npz" ValidationData="data/valid.npz" MaxMacs="60%" Seed="2" />
            """);
        project.Build().Succeeded();
        var report = Report(project);
        Assert.True((double)report["after"]!["macs"]! <= 0.6 * (double)report["before"]!["macs"]!);
        var made = File.GetLastWriteTimeUtc(project.At("bin", "Debug", "net10.0", "models", "net.onnx"));
        Assert.DoesNotContain("compress> ", project.Build("-v:normal").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(made, File.GetLastWriteTimeUtc(project.At("bin", "Debug", "net10.0", "models", "net.onnx")));
    }

    [Fact]
    public void Trials_choose_the_recipe_and_the_next_build_makes_none()
    {
        var project = Project($$"""
            <PackageDownload Include="libtorch-cpu-$(NETCoreSdkPortableRuntimeIdentifier)" Version="[{{PackedPackages.LibTorchVersion}}]" />
            <CompressModel Include="models/net.onnx" TrainingData="data/train.npz" ValidationData="data/valid.npz" MaxMacs="60%" Recipe="ranges.json" Trials="2" TimeLimit="10m" />
            """);
        project.Write("ranges.json", """
            { "baseline": false, "stages": [
              { "stage": "prune" },
              { "stage": "train", "training": { "epochs": 1, "learningRate": { "log": [0.001, 0.1] } } } ] }
            """);
        project.Build().Succeeded();
        var report = Report(project);
        Assert.Equal([0, 1], report["tuning"]!["trials"]!.AsArray().Select(trial => (int)trial!["number"]!));
        Assert.True((bool)report["budgetsMet"]!);
        var made = File.GetLastWriteTimeUtc(project.At("bin", "Debug", "net10.0", "models", "net.onnx"));
        Assert.DoesNotContain("compress> ", project.Build("-v:normal").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(made, File.GetLastWriteTimeUtc(project.At("bin", "Debug", "net10.0", "models", "net.onnx")));
    }

    [Fact]
    public void A_missed_budget_can_be_a_warning_and_the_app_gets_the_nearest_candidate()
    {
        var project = Project("""<CompressModel Include="models/net.onnx" MaxMacs="60%" MaxMemory="1KB" />""");
        var built = project.Build("-p:CompressOnBudgetMiss=warn").Succeeded();
        Assert.Contains("warning CMP0203: ", built.Output, StringComparison.Ordinal);
        Assert.True(new FileInfo(project.At("bin", "Debug", "net10.0", "models", "net.onnx")).Length < new FileInfo(project.At("models", "net.onnx")).Length);
        Assert.False((bool)Report(project)["budgetsMet"]!);
    }

    [Fact]
    public void Where_a_budget_is_out_of_reach_the_app_keeps_the_original_and_the_build_says_so()
    {
        var project = Project("""<CompressModel Include="models/net.onnx" MaxSize="20B" />""");
        var output = project.Build("-p:CompressOnBudgetMiss=warn").Succeeded().Output;
        Assert.Contains("warning CMP0203: ", output, StringComparison.Ordinal);
        Assert.Contains("original model", output, StringComparison.Ordinal);
        Assert.Equal(new FileInfo(project.At("models", "net.onnx")).Length, new FileInfo(project.At("bin", "Debug", "net10.0", "models", "net.onnx")).Length);
    }

    ConsumerProject Project(string item)
    {
        var project = new ConsumerProject(packages, item, $"<CompressCacheDirectory>{Path.Combine(packages.Root, "cache")}</CompressCacheDirectory>", fakeWorker: false);
        var network = new ModelBuilder(seed: 3);
        var hidden = network.Relu(network.Conv(network.Input("image", "N", 1, Size, Size), 24, 3, padding: 1));
        hidden = network.Relu(network.Conv(hidden, 24, 3, stride: 2));
        network.Build(network.Gemm(network.Flatten(hidden), Classes)).Write(project.At("models", "net.onnx"));
        WriteData(project.At("data", "train.npz"), seed: 1);
        WriteData(project.At("data", "valid.npz"), seed: 2);
        return project;
    }

    static JsonNode Report(ConsumerProject project) =>
        JsonNode.Parse(File.ReadAllText(Directory.EnumerateFiles(project.At("obj", "Debug", "compress"), "report.json", SearchOption.AllDirectories).Single()))!;

    /// <summary>Noise with a bright bar whose height is the class.</summary>
    static void WriteData(string file, int seed)
    {
        var random = new Random(seed);
        var (pixels, labels) = (new byte[Images * Size * Size], new byte[Images]);
        random.NextBytes(pixels);
        for (var image = 0; image < Images; image++)
        {
            labels[image] = (byte)(image % Classes);
            pixels.AsSpan((image * Size * Size) + (labels[image] * 4 * Size), 2 * Size).Fill(255);
        }

        using var archive = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
        WriteArray(archive, "x.npy", $"{Images}, 1, {Size}, {Size}", pixels);
        WriteArray(archive, "y.npy", $"{Images},", labels);
    }

    static void WriteArray(ZipArchive archive, string name, string shape, byte[] values)
    {
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(117) + "\n"; // 10 + 118 bytes, a multiple of 64
        using var stream = archive.CreateEntry(name).Open();
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0]);
        stream.Write(Encoding.ASCII.GetBytes(header));
        stream.Write(values);
    }
}
