using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Commands;

/// <summary><c>compress doctor</c>: what this machine is and whether the native libraries load on it.</summary>
sealed class DoctorCommand(ToolConsole console) : ToolCommand(
    console,
    "doctor",
    "Says what this machine is and whether ONNX Runtime and libtorch load on it.",
    "dotnet compress doctor",
    "dotnet compress doctor --json")
{
    protected override Task<int> ExecuteAsync(ParseResult arguments, CommandOutput output, CancellationToken cancellation)
    {
        var machine = Machine.Describe();
        var runtime = LibraryCheck.OfOnnxRuntime();
        var torch = LibraryCheck.OfLibTorch();
        var cache = CacheCheck.OfCacheFolder();
        if (output.IsJson) output.Json(new { Machine = machine, OnnxRuntime = runtime, LibTorch = torch, Cache = cache });
        else Print(output, machine, runtime, torch, cache);
        return Task.FromResult(runtime.Loads && torch.Loads && cache.IsWritable ? ExitCode.Done : ExitCode.Failed);
    }

    static void Print(CommandOutput output, Machine machine, LibraryCheck runtime, LibraryCheck torch, CacheCheck cache)
    {
        var table = new Table(new Column(""), new Column(""));
        table.Add("CompressTasks", machine.Version);
        table.Add("System", $"{machine.OperatingSystem}, {machine.Architecture}");
        table.Add("Processor", $"{machine.Processor}, {machine.Cores} {(machine.Cores == 1 ? "core" : "cores")}");
        table.Add("Memory", Quantity.Bytes(machine.MemoryBytes));
        table.Add(".NET", machine.DotnetVersion);
        table.Add("ONNX Runtime", Text(runtime));
        table.Add("libtorch", Text(torch));
        table.Add("Cache folder", cache.Folder + (cache.IsWritable ? "" : " (not writable)"));
        output.Table(table);
        foreach (var check in (LibraryCheck[])[runtime, torch])
        {
            if (check.Problem is { } problem) output.Error(problem);
        }
    }

    static string Text(LibraryCheck check) => check.Loads ? $"{check.Version}, {check.Detail}" : "does not load";
}
