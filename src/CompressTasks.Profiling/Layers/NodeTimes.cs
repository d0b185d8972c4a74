using CompressTasks.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace CompressTasks.Profiling;

/// <summary>
/// Times of single nodes, from ONNX Runtime's own trace. Graph optimisation is basic, so that a node of the trace is a node of the
/// model; fully optimised runs are faster, so the times say where the time goes and do not sum up to the latency.
/// </summary>
public static class NodeTimes
{
    const int WarmUpRuns = 3, FewestRuns = 5, MostRuns = 30;

    /// <summary>About how long the traced runs may take.</summary>
    static readonly TimeSpan TimeBudget = TimeSpan.FromSeconds(3);

    /// <returns>One entry for each node of the main graph, in its order.</returns>
    /// <exception cref="ProfilingException">CMP0303 to CMP0306, CMP0308.</exception>
    public static IReadOnlyList<NodeTime> Measure(OnnxModel model, LatencyOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new LatencyOptions();
        var folder = Path.Combine(options.CacheFolder ?? Path.GetTempPath(), $"trace-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            var trace = Trace(NodeLabels.Labelled(model), folder, options, cancellation);
            var durations = NodeTrace.Read(trace, WarmUpRuns);
            return [.. model.Graph.Node.Select((node, index) =>
                new NodeTime(index, node.DisplayName(), node.OpType, durations.TryGetValue(index, out var times) ? InterquartileMean(times) / 1000 : 0))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs the model with tracing on.</summary>
    /// <returns>The file of the trace.</returns>
    static string Trace(OnnxModel labelled, string folder, LatencyOptions options, CancellationToken cancellation)
    {
        var source = ModelSource.FromModel(labelled, labelled.Path ?? "the model");
        var settings = options.Session with { Optimization = GraphOptimizationLevel.ORT_ENABLE_BASIC, TracePrefix = Path.Combine(folder, "trace") };
        using var subject = new TimedModel(source, options, settings);
        using var alone = MeasurementLock.Acquire(options, cancellation);
        for (var i = 0; i < WarmUpRuns - 1; i++) subject.RunMs();
        var runs = (int)Math.Clamp(TimeBudget.TotalMilliseconds / subject.RunMs(), FewestRuns, MostRuns);
        for (var i = 0; i < runs; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            subject.RunMs();
        }

        return subject.EndTrace();
    }

    /// <summary>
    /// The mean without the quarter of the fastest and the quarter of the slowest runs: steady, and finer than the trace's whole
    /// microseconds.
    /// </summary>
    static double InterquartileMean(List<double> times)
    {
        times.Sort();
        var cut = times.Count / 4;
        return times.Skip(cut).Take(times.Count - (2 * cut)).Average();
    }
}
