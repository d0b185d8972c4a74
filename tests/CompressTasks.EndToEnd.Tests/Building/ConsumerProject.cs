using System.Globalization;

namespace CompressTasks.EndToEnd.Tests.Building;

/// <summary>A user's project in a folder of its own, built by the real dotnet command.</summary>
sealed class ConsumerProject
{
    static int count;

    public ConsumerProject(PackedPackages packages, string items, string properties = "", string frameworks = "<TargetFramework>net10.0</TargetFramework>", bool fakeWorker = true)
    {
        Folder = Directory.CreateDirectory(Path.Combine(packages.Root, "consumers", Interlocked.Increment(ref count).ToString(CultureInfo.InvariantCulture), "App")).FullName;
        Write("models/net.onnx", "the original model");
        Write("data/train.npz", "training data");
        Write("Program.cs", """System.Console.WriteLine(System.IO.File.ReadAllText(System.IO.Path.Combine(System.AppContext.BaseDirectory, "models", "net.onnx")));""");
        WriteProject(items, properties, frameworks, fakeWorker);
    }

    public string Folder { get; }

    public string ProjectFile => Path.Combine(Folder, "App.csproj");

    /// <summary>How often a worker was started for this project.</summary>
    public int WorkerStarts => File.Exists(At("worker-starts.log")) ? File.ReadAllLines(At("worker-starts.log")).Length : 0;

    public void WriteProject(string items, string properties = "", string frameworks = "<TargetFramework>net10.0</TargetFramework>", bool fakeWorker = true) => File.WriteAllText(ProjectFile, $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            {frameworks}
            {(fakeWorker ? $"<CompressWorker>{PackedPackages.FakeWorker}</CompressWorker>" : "")}
            {properties}
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="CompressTasks" Version="{PackedPackages.Version}" PrivateAssets="all" />
            {items}
          </ItemGroup>
        </Project>
        """);

    public string At(params string[] parts) => Path.Combine([Folder, .. parts]);

    public string Write(string name, string text)
    {
        var file = At(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public CommandResult Build(params string[] options) => DotNet.Run(Folder, ["build", "--tl:off", .. options]);

    /// <summary>The text of a file in the app's output folder.</summary>
    public string Output(params string[] parts) => File.ReadAllText(At(["bin", "Debug", "net10.0", .. parts]));

    /// <summary>The line of the project file (from 1) that contains a text.</summary>
    public int LineOf(string text) => Array.FindIndex(File.ReadAllLines(ProjectFile), line => line.Contains(text, StringComparison.Ordinal)) + 1;

    /// <summary>The column (from 1) at which a text starts in its line.</summary>
    public int ColumnOf(string text) => File.ReadAllLines(ProjectFile)[LineOf(text) - 1].IndexOf(text, StringComparison.Ordinal) + 1;
}
