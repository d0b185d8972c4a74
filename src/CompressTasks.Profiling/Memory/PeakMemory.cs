using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace CompressTasks.Profiling;

/// <summary>
/// Peak memory of a model: how many bytes the resident memory of a process that does nothing else rises above its level before the
/// session is made, while ONNX Runtime loads the model from its file and runs it three times. Weights, packed copies of them, the
/// arena of activations and the peak of loading are all in it; the runtime's own code and the .NET process are not.
/// </summary>
public static class PeakMemory
{
    /// <summary>
    /// Measures in a process of its own, since freed memory that another part of this process holds would hide what the model takes.
    /// </summary>
    /// <returns>Bytes, in steps of a memory page.</returns>
    /// <exception cref="ProfilingException">CMP0307 when the process fails or takes too long; its message has ONNX Runtime's words.</exception>
    public static async Task<long> MeasureAsync(string modelPath, MemoryOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new MemoryOptions();
        var source = ModelSource.FromFile(Path.GetFullPath(modelPath));
        using var process = Process.Start(Probe(source.Name, options)) ?? throw Failed(source, "it could not be started");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return process.ExitCode == 0 && long.TryParse(
                await output.ConfigureAwait(false),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var bytes)
                ? bytes
                : throw Failed(source, (await error.ConfigureAwait(false)).Trim() is { Length: > 0 } said ? said : $"exit code {process.ExitCode}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failed(source, $"it did not end within {options.Timeout.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <inheritdoc cref="MeasureAsync"/>
    public static long Measure(string modelPath, MemoryOptions? options = null, CancellationToken cancellation = default) =>
        MeasureAsync(modelPath, options, cancellation).GetAwaiter().GetResult();

    static ProcessStartInfo Probe(string model, MemoryOptions options)
    {
        var start = new ProcessStartInfo(DotnetHost())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
            // One small managed heap, so that its growth does not drown a small model.
            Environment = { ["DOTNET_gcServer"] = "0" },
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(PeakMemory).Assembly.Location);
        foreach (var argument in MemoryProbe.Arguments(model, options)) start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>
    /// The host of the runtime that this process runs on (three folders up from shared/Microsoft.NETCore.App/VERSION), else the one on the
    /// path.
    /// </summary>
    static string DotnetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(host) ? host : name;
    }

    static ProfilingException Failed(ModelSource model, string reason) => new(
        ProfilingException.MemoryProbe,
        $"The process that measures the memory of '{model.Name}' failed: {reason}",
        model.Path,
        "See docs/errors/CMP0307.md.");
}
