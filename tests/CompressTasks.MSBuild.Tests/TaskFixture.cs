using System.Reflection;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace CompressTasks.MSBuild.Tests;

/// <summary>A project folder with a model and data, and the task as the targets would call it, with the fake worker.</summary>
sealed class TaskFixture : IDisposable
{
    public const string Declaration = """<CompressModel Include="models/net.onnx" TrainingData="data/train.npz" MaxSize="400KB" />""";

    public TaskFixture()
    {
        Write("models/net.onnx", "original");
        Write("data/train.npz", "data");
        Write("App.csproj", $"<Project>\n  <ItemGroup>\n    {Declaration}\n  </ItemGroup>\n</Project>\n");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("compresstasks task ü ").FullName;

    public RecordingEngine Engine { get; private set; } = new();

    public string Output => Path.Combine(Folder, "obj", "compress", "net-1", "net.onnx");

    public int WorkerStarts => File.Exists(Path.Combine(Folder, "worker-starts.log")) ? File.ReadAllLines(Path.Combine(Folder, "worker-starts.log")).Length : 0;

    public string Write(string name, string text)
    {
        var file = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public ITaskItem Item(params (string Name, string Value)[] metadata)
    {
        var item = new ItemInProject("models/net.onnx", Folder);
        item.SetMetadata("TrainingData", "data/train.npz");
        item.SetMetadata("MaxSize", "400KB");
        item.SetMetadata("Link", "models/net.onnx");
        foreach (var (name, value) in metadata) item.SetMetadata(name, value);
        return item;
    }

    /// <summary>A task with a fresh engine, as in a new build.</summary>
    public CompressModel Task(params (string Name, string Value)[] metadata)
    {
        Engine = new RecordingEngine();
        return new CompressModel
        {
            BuildEngine = Engine,
            Model = [Item(metadata)],
            OutputFile = Output,
            Links = ["models/net.onnx"],
            ProjectFile = Path.Combine(Folder, "App.csproj"),
            Worker = typeof(TaskFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "FakeWorker").Value!,
            Device = "auto",
        };
    }

    public bool Run(params (string Name, string Value)[] metadata)
    {
        using var task = Task(metadata);
        return task.Execute();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>An item as MSBuild hands it over, which knows its project; a plain TaskItem resolves paths against the process's folder.</summary>
sealed class ItemInProject(string include, string folder) : ITaskItem
{
    readonly TaskItem item = new(include);

    public string ItemSpec
    {
        get => item.ItemSpec;
        set => item.ItemSpec = value;
    }

    public System.Collections.ICollection MetadataNames => item.MetadataNames;

    public int MetadataCount => item.MetadataCount;

    public string GetMetadata(string metadataName) => metadataName switch
    {
        "FullPath" => Path.Combine(folder, ItemSpec),
        "DefiningProjectFullPath" => Path.Combine(folder, "App.csproj"),
        _ => item.GetMetadata(metadataName),
    };

    public void SetMetadata(string metadataName, string metadataValue) => item.SetMetadata(metadataName, metadataValue);

    public void RemoveMetadata(string metadataName) => item.RemoveMetadata(metadataName);

    public void CopyMetadataTo(ITaskItem destinationItem) => item.CopyMetadataTo(destinationItem);

    public System.Collections.IDictionary CloneCustomMetadata() => item.CloneCustomMetadata();
}
