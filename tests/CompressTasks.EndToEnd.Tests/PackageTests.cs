using System.IO.Compression;
using CompressTasks.EndToEnd.Tests.Building;

namespace CompressTasks.EndToEnd.Tests;

/// <summary>What is in the three packages and how they come to a user.</summary>
[Collection(PackagesCollection.Name)]
public sealed class PackageTests(PackedPackages packages)
{
    [Theory]
    [InlineData("CompressTasks", "tools/net10.0/")]
    [InlineData("CompressTasks.Tool", "tools/net10.0/any/")]
    public void A_package_is_small_and_has_native_files_of_the_supported_platforms_only(string id, string folder)
    {
        var file = Path.Combine(packages.Feed, $"{id}.{PackedPackages.Version}.nupkg");
        Assert.InRange(new FileInfo(file).Length, 1, 60_000_000);
        using var package = ZipFile.OpenRead(file);
        var names = package.Entries.Select(entry => entry.FullName).ToList();
        foreach (var native in (string[])["linux-x64/native/libonnxruntime.so", "linux-x64/native/libLibTorchSharp.so", "linux-x64/native/libSkiaSharp.so", "linux-x64/native/libe_sqlite3.so", "win-x64/native/LibTorchSharp.dll", "osx-arm64/native/libLibTorchSharp.dylib"])
        {
            Assert.Contains(folder + "runtimes/" + native, names);
        }

        Assert.Contains(folder + "CompressTasks.Profiling.runtimeconfig.json", names); // memory is measured in a process of its own
        Assert.DoesNotContain(names, name => name.Contains("libtorch_", StringComparison.Ordinal) || name.EndsWith(".lib", StringComparison.Ordinal));
    }

    [Fact]
    public void One_Sdk_line_brings_the_reference_and_the_libtorch_of_this_machine()
    {
        var project = new ConsumerProject(packages, "");
        File.WriteAllText(project.ProjectFile, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <Sdk Name="CompressTasks.Sdk" Version="{PackedPackages.Version}" />
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <CompressWorker>{PackedPackages.FakeWorker}</CompressWorker>
              </PropertyGroup>
              <ItemGroup>
                <CompressModel Include="models/net.onnx" MaxSize="400KB" />
              </ItemGroup>
            </Project>
            """);
        project.Build().Succeeded();
        Assert.Equal("compressed to 400KB", project.Output("models", "net.onnx"));
        var libTorch = File.ReadAllLines(project.At("worker-environment.log")).Single(line => line.StartsWith("COMPRESSTASKS_LIBTORCH=", StringComparison.Ordinal)).Split('=')[1];
        Assert.Contains(Directory.EnumerateFiles(libTorch), file => Path.GetFileName(file).Contains("torch_cpu", StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFiles(project.At("bin"), "*torch*", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_tool_installs_and_runs_as_dotnet_compress()
    {
        var folder = Directory.CreateDirectory(Path.Combine(packages.Root, "tool-user")).FullName;
        DotNet.Run(folder, "new", "tool-manifest").Succeeded();
        DotNet.Run(folder, "tool", "install", "CompressTasks.Tool", "--version", PackedPackages.Version).Succeeded();
        DotNet.Run(folder, "compress", "--help").Succeeded();
    }
}
