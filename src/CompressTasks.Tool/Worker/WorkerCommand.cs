using System.CommandLine;
using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Worker;

/// <summary>
/// What a build starts: reads a request, compresses one model and speaks MSBuild's diagnostics on stdout. It is no command for people
/// and therefore hidden.
/// </summary>
sealed class WorkerCommand : Command
{
    readonly ToolConsole console;
    readonly Option<FileInfo> requestFile = new("--request") { Required = true, Description = "The request that the build task wrote." };

    public WorkerCommand(ToolConsole console)
        : base("worker", "Compresses one model for a build.")
    {
        this.console = console;
        Hidden = true;
        Add(requestFile);
        SetAction((arguments, cancellation) => Task.FromResult(Run(arguments.GetValue(requestFile)!.FullName, cancellation)));
    }

    int Run(string file, CancellationToken cancellation)
    {
        BuildRequest request;
        try
        {
            request = BuildRequest.Read(file);
        }
        catch (DeclarationException exception)
        {
            console.Out.WriteLine($"CompressTasks : error {exception.Code}: {exception.Message} {exception.Hint}");
            return ExitCode.Failed;
        }

        using var parent = new ParentWatch(request.ParentProcess);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellation, parent.Token);
        var diagnostics = new BuildDiagnostics(console.Out, request);
        try
        {
            return Compress(request, diagnostics, cancelled.Token);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
        catch (CompressException exception)
        {
            diagnostics.Error(exception);
            return ExitCode.Of(exception);
        }
#pragma warning disable CA1031 // The outermost frame: what arrives here is a defect, and the build must still say where and what.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            console.Error.WriteLine(exception);
            var message = $"CompressTasks has a defect: {exception.GetType().Name}: {exception.Message}";
            diagnostics.Error(new CompressException("CMP0999", message, null, "Please report it with the stack that 'dotnet build -v:detailed' shows."));
            return ExitCode.Failed;
        }
    }

    int Compress(BuildRequest request, BuildDiagnostics diagnostics, CancellationToken cancellation)
    {
        var warnsOnMiss = Declaration.WarnsOnBudgetMiss(request);
        var asked = Declaration.Read(request);
        try
        {
            var report = CompressionRun.Execute(asked, new BuildProgress(console.Out), cancellation);
            BuildResult.Write(request.ResultFile, Summary(request, report));
        }
        catch (BudgetException exception) when (warnsOnMiss && exception.Code == BudgetException.NotMet)
        {
            if (exception.IsOutOfReach) UseOriginal(request, exception, diagnostics);
            else UseNearest(request, Path.Combine(asked.OutputDirectory, CompressionRun.NearestFolder), exception, diagnostics);
        }

        return ExitCode.Done;
    }

    /// <summary>The nearest candidate is an untrained stump, which no app should get for a warning.</summary>
    static void UseOriginal(BuildRequest request, BudgetException miss, BuildDiagnostics diagnostics)
    {
        OnnxModel.Read(request.Model).Write(request.OutputFile);
        diagnostics.Warning(miss, "The app gets the original model, since CompressOnBudgetMiss is warn and the budget is out of reach.");
        BuildResult.Write(request.ResultFile, $"{request.Item}: not compressed ({request.OutputFile})");
    }

    static void UseNearest(BuildRequest request, string nearest, CompressException miss, BuildDiagnostics diagnostics)
    {
        var folder = Path.GetDirectoryName(request.OutputFile)!;
        foreach (var file in Directory.EnumerateFiles(nearest)) File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        diagnostics.Warning(miss, "The app gets the nearest candidate, since CompressOnBudgetMiss is warn.");
        var report = CompressionReport.FromJson(File.ReadAllText(Path.Combine(folder, CompressionRun.ReportJson)));
        BuildResult.Write(request.ResultFile, Summary(request, report));
    }

    static string Summary(BuildRequest request, CompressionReport report)
    {
        var (before, after, left) = (report.Before, report.After, report.Ratios);
        var accuracy = before.Validation is { } original && after.Validation is { } compressed
            ? string.Create(CultureInfo.InvariantCulture, $", {original.Metric} {original.Value:0.0000} -> {compressed.Value:0.0000}")
            : "";
        return $"{request.Item}: size {Quantity.Bytes(before.SizeBytes)} -> {Quantity.Bytes(after.SizeBytes)}, "
            + $"MACs {Quantity.Percentage(left.Macs)}, latency {Quantity.Percentage(left.Latency)} of the original{accuracy} ({request.OutputFile})";
    }
}
