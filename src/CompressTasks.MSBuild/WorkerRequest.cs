using System.Diagnostics;
using System.Runtime.Serialization;

namespace CompressTasks.MSBuild;

/// <summary>
/// What the worker is asked, as JSON. Metadata are passed on as the project wrote them: the worker reads budgets and data sets as
/// the command does, and reports a mistake at the place given here.
/// </summary>
[DataContract]
sealed class WorkerRequest
{
    [DataMember(Name = "version", Order = 0)]
    public int Version { get; private set; } = 1;

    [DataMember(Name = "parentProcess", Order = 1)]
    public int ParentProcess { get; private set; }

    [DataMember(Name = "item", Order = 2)]
    public string Item { get; private set; } = "";

    [DataMember(Name = "model", Order = 3)]
    public string Model { get; private set; } = "";

    [DataMember(Name = "projectDirectory", Order = 4)]
    public string ProjectDirectory { get; private set; } = "";

    [DataMember(Name = "outputFile", Order = 5)]
    public string OutputFile { get; private set; } = "";

    [DataMember(Name = "resultFile", Order = 6)]
    public string ResultFile { get; private set; } = "";

    [DataMember(Name = "device", Order = 7)]
    public string Device { get; private set; } = "";

    [DataMember(Name = "backend", Order = 8)]
    public string Backend { get; private set; } = "";

    [DataMember(Name = "cacheDirectory", Order = 9)]
    public string CacheDirectory { get; private set; } = "";

    [DataMember(Name = "onBudgetMiss", Order = 10)]
    public string OnBudgetMiss { get; private set; } = "";

    [DataMember(Name = "metadata", Order = 11)]
    public Dictionary<string, string> Metadata { get; private set; } = [];

    [DataMember(Name = "itemLocation", Order = 12)]
    public WorkerLocation? ItemLocation { get; private set; }

    [DataMember(Name = "locations", Order = 13)]
    public Dictionary<string, WorkerLocation> Locations { get; private set; } = [];

    public static WorkerRequest For(CompressModel task, ItemLocations locations, string projectDirectory) => new()
    {
        ParentProcess = Process.GetCurrentProcess().Id,
        Item = task.Model[0].ItemSpec,
        Model = task.Model[0].GetMetadata("FullPath"),
        ProjectDirectory = projectDirectory,
        OutputFile = task.OutputFile,
        ResultFile = Path.Combine(Path.GetDirectoryName(task.OutputFile)!, ".result.json"),
        Device = task.Device,
        Backend = task.Backend,
        CacheDirectory = task.CacheDirectory.Length == 0 ? "" : Path.GetFullPath(Path.Combine(projectDirectory, task.CacheDirectory)),
        OnBudgetMiss = task.OnBudgetMiss,
        Metadata = ItemMetadata.Declared(task.Model[0]).ToDictionary(pair => pair.Key, pair => pair.Value),
        ItemLocation = new WorkerLocation(locations.Item),
        Locations = locations.Metadata.ToDictionary(pair => pair.Key, pair => new WorkerLocation(pair.Value)),
    };
}

[DataContract]
sealed class WorkerLocation(SourcePlace place)
{
    [DataMember(Name = "file", Order = 0)]
    public string File { get; private set; } = place.File;

    [DataMember(Name = "line", Order = 1)]
    public int Line { get; private set; } = place.Line;

    [DataMember(Name = "column", Order = 2)]
    public int Column { get; private set; } = place.Column;
}

/// <summary>What the worker answers beside its exit code.</summary>
[DataContract]
sealed class WorkerResult
{
    /// <summary>One line for the build's output: what became of the model.</summary>
    [DataMember(Name = "summary")]
    public string Summary { get; private set; } = "";
}
