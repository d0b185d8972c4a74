using System.Diagnostics;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace CompressTasks.MSBuild;

/// <summary>
/// Compresses one declared model by starting the worker process, unless the last run was made from the same settings, files and
/// worker. Nothing heavy happens in MSBuild's own process, and cancelling the build kills the worker at once.
/// </summary>
public sealed class CompressModel : ToolTask, IDisposable
{
    readonly WorkerOutput output = new();
    readonly CancellationTokenSource cancellation = new();
    readonly List<StoredWarning> warnings = [];
    ItemLocations? locations;
    string requestFile = "";

    public CompressModel()
    {
        YieldDuringToolExecution = true;
        StandardErrorImportance = nameof(MessageImportance.Low);
        StandardOutputImportance = nameof(MessageImportance.Low);
    }

    /// <summary>The declared model with its metadata; more than one item means that two declarations name the same output.</summary>
    [Required]
    public ITaskItem[] Model { get; set; } = [];

    /// <summary>Where the compressed model lies afterwards, with the reports and the task's own notes beside it.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>Where each declared model of the project goes in the app's output; the same place twice is an error.</summary>
    public string[] Links { get; set; } = [];

    [Required]
    public string ProjectFile { get; set; } = "";

    /// <summary>The worker's assembly (dotnet-compress.dll).</summary>
    [Required]
    public string Worker { get; set; } = "";

    public string Device { get; set; } = "";

    public string Backend { get; set; } = "";

    public string CacheDirectory { get; set; } = "";

    public string OnBudgetMiss { get; set; } = "";

    /// <summary>MSBuild applies TreatWarningsAsErrors to the compiler only, so it is handed in.</summary>
    public bool TreatWarningsAsErrors { get; set; }

    /// <summary>Codes that stay warnings whatever <see cref="TreatWarningsAsErrors"/> says.</summary>
    public string[] WarningsNotAsErrors { get; set; } = [];

    /// <summary>The project's PackageDownload of libtorch, with its version in brackets; empty where it has none.</summary>
    public ITaskItem[] LibTorch { get; set; } = [];

    /// <summary>NuGet's folders, the fallback folders among them.</summary>
    public string[] PackageFolders { get; set; } = [];

    /// <summary>The folder with a page for each code, which a terminal can link to.</summary>
    public string DocumentationFolder { get; set; } = "";

    public string RuntimeIdentifier { get; set; } = "";

    protected override string ToolName => Path.DirectorySeparatorChar == '\\' ? "dotnet.exe" : "dotnet";

    protected override Encoding StandardOutputEncoding => Encoding.UTF8;

    protected override Encoding StandardErrorEncoding => Encoding.UTF8;

    ITaskItem Item => Model[0];

    string ProjectDirectory => Path.GetDirectoryName(ProjectFile)!;

    string OutputDirectory => Path.GetDirectoryName(OutputFile)!;

    ItemLocations Locations => locations ??= ItemLocations.Find(Item, ProjectFile);

    public override bool Execute()
    {
        if (!IsUniqueOutput()) return false;
        try
        {
            using var folder = FolderLock.Take(OutputDirectory, BuildEngine, cancellation.Token);
            return Compress();
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    bool IsUniqueOutput()
    {
        var link = Item.GetMetadata("Link");
        if (Links.Count(other => string.Equals(other, link, StringComparison.OrdinalIgnoreCase)) < 2) return true;
        LogDiagnostic(new Diagnostic(
            true,
            "CMP0133",
            $"'{Item.ItemSpec}' and another CompressModel both go to '{link}' in the app's output. "
                + "Give one of them a Link of its own, as in Link=\"models/small.onnx\".",
            Locations.Item));
        return false;
    }

    bool Compress()
    {
        var settings = RunSettings.Describe(this, ProjectDirectory);
        var stamp = new Stamp(Path.Combine(OutputDirectory, ".stamp"));
        if (File.Exists(OutputFile) && stamp.Read(settings) is { } stored)
        {
            Log.LogMessage(MessageImportance.Low, "'{0}' is up to date.", OutputFile);
            foreach (var warning in stored) LogDiagnostic(warning.At(Locations));
            return !Log.HasLoggedErrors;
        }

        stamp.Delete();
        var request = WorkerRequest.For(this, Locations, ProjectDirectory);
        requestFile = Path.Combine(OutputDirectory, ".request.json");
        File.Delete(request.ResultFile);
        JsonFile.Write(requestFile, request);
        Log.LogMessage(MessageImportance.Normal, "Compressing '{0}'.", Item.ItemSpec);
        base.Execute();
        if (cancellation.IsCancellationRequested) return false;

        // The result is the last that a worker writes. The exit code says less: ToolTask overwrites it when a warning counts as an error.
        if (!File.Exists(OutputFile) || !File.Exists(request.ResultFile))
        {
            if (!Log.HasLoggedErrors) LogEndedWithoutResult("reported success");
            return false;
        }

        stamp.Write(settings, warnings);
        Log.LogMessage(MessageImportance.High, "{0}", JsonFile.Read<WorkerResult>(request.ResultFile).Summary);
        return !Log.HasLoggedErrors;
    }

    public override void Cancel()
    {
        cancellation.Cancel();
        base.Cancel();
    }

    public void Dispose() => cancellation.Dispose();

    protected override string GenerateFullPathToTool() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host) ? host : ToolName;

    protected override string GetWorkingDirectory() => ProjectDirectory;

    protected override string GenerateCommandLineCommands()
    {
        var arguments = new CommandLineBuilder();
        arguments.AppendSwitch("exec");
        arguments.AppendFileNameIfNotNull(Worker);
        arguments.AppendSwitch("worker");
        arguments.AppendSwitchIfNotNull("--request ", requestFile);
        return arguments.ToString();
    }

    protected override ProcessStartInfo GetProcessStartInfo(string pathToTool, string commandLineCommands, string responseFileSwitch)
    {
        var start = base.GetProcessStartInfo(pathToTool, commandLineCommands, responseFileSwitch);
        WorkerEnvironment.Prepare(start.Environment, LibTorchFolder.Find(LibTorch, PackageFolders, RuntimeIdentifier));
        return start;
    }

    protected override void LogToolCommand(string message) => Log.LogMessage(MessageImportance.Low, "{0}", message);

    protected override void LogEventsFromTextOutput(string singleLine, MessageImportance messageImportance)
    {
        if (output.Read(singleLine) is not { } diagnostic)
        {
            Log.LogMessage(WorkerOutput.IsProgress(singleLine) ? MessageImportance.Normal : MessageImportance.Low, "{0}", singleLine);
            return;
        }

        if (!diagnostic.IsError) warnings.Add(StoredWarning.From(diagnostic, Locations));
        LogDiagnostic(diagnostic);
    }

    protected override bool HandleTaskExecutionErrors()
    {
        if (!Log.HasLoggedErrors && !cancellation.IsCancellationRequested) LogEndedWithoutResult($"ended with exit code {ExitCode}");
        return false;
    }

    void LogEndedWithoutResult(string how) => LogDiagnostic(new Diagnostic(
        true,
        "CMP0590",
        $"The worker that compresses '{Item.ItemSpec}' {how} without a result.{output.LastWords}",
        Locations.Item));

    void LogDiagnostic(Diagnostic diagnostic)
    {
        var page = Path.GetFullPath(Path.Combine(DocumentationFolder, diagnostic.Code + ".md"));
        var help = File.Exists(page) ? new Uri(page).AbsoluteUri : null;
        var place = diagnostic.Place.File.Length > 0 ? diagnostic.Place : Locations.Item;
        var asError = diagnostic.IsError
            || (TreatWarningsAsErrors && !WarningsNotAsErrors.Any(code => string.Equals(code.Trim(), diagnostic.Code, StringComparison.OrdinalIgnoreCase)));
        if (asError) Log.LogError(null, diagnostic.Code, null, help, place.File, place.Line, place.Column, 0, 0, "{0}", diagnostic.Text);
        else Log.LogWarning(null, diagnostic.Code, null, help, place.File, place.Line, place.Column, 0, 0, "{0}", diagnostic.Text);
    }
}
