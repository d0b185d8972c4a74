using CompressTasks.Tool.Worker;

namespace CompressTasks.Tool.Tests.Worker;

/// <summary>Requests as the build task writes them.</summary>
static class Requests
{
    public const string Project = "/home/me/app/App.csproj";

    /// <summary>An item at line 10 whose metadata are each written on a line of their own, from line 11.</summary>
    public static BuildRequest Of(params (string Name, string Value)[] metadata) => new()
    {
        Version = 1,
        ParentProcess = Environment.ProcessId,
        Item = "models/net.onnx",
        Model = "/home/me/app/models/net.onnx",
        ProjectDirectory = "/home/me/app",
        OutputFile = "/home/me/app/obj/Debug/compress/net-1/net.onnx",
        ResultFile = "/home/me/app/obj/Debug/compress/net-1/.result.json",
        Device = "auto",
        Backend = "cpu",
        CacheDirectory = "",
        OnBudgetMiss = "error",
        Metadata = metadata.ToDictionary(pair => pair.Name, pair => pair.Value),
        ItemLocation = new SourceLocation(Project, 10, 5),
        Locations = metadata.Index().ToDictionary(pair => pair.Item.Name, pair => new SourceLocation(Project, 11 + pair.Index, 7)),
    };
}
