using System.Text.Json;

namespace CompressTasks.Profiling;

/// <summary>
/// ONNX Runtime's trace: a JSON array of events in the form of Chrome's tracing. An event of category <c>Node</c> named
/// <c>NAME_kernel_time</c> is one execution of one node, its <c>dur</c> in microseconds.
/// </summary>
static class NodeTrace
{
    const string Suffix = "_kernel_time";

    /// <returns>Microseconds of every run after the first <paramref name="skippedRuns"/>, by the index that the node's label holds.</returns>
    public static Dictionary<int, List<double>> Read(string file, int skippedRuns)
    {
        using var stream = File.OpenRead(file);
        using var document = JsonDocument.Parse(stream);
        var durations = new Dictionary<int, List<double>>();
        foreach (var entry in document.RootElement.EnumerateArray())
        {
            if (!entry.TryGetProperty("cat", out var category) || category.GetString() != "Node") continue;
            var name = entry.GetProperty("name").GetString()!;
            if (!name.EndsWith(Suffix, StringComparison.Ordinal)) continue;
            var index = NodeLabels.Index(name);
            if (index < 0) continue;
            if (!durations.TryGetValue(index, out var times)) durations[index] = times = [];
            times.Add(entry.GetProperty("dur").GetDouble());
        }

        // A label occurs as often in every run, so the first runs are the first part of its list.
        var runs = durations.Count == 0 ? 0 : durations.Values.Min(times => times.Count);
        foreach (var times in durations.Values)
        {
            var perRun = times.Count / Math.Max(1, runs);
            if (perRun > 1) Merge(times, perRun);
            times.RemoveRange(0, Math.Min(skippedRuns, times.Count - 1));
        }

        return durations;
    }

    /// <summary>Adds up what one run executes several times under one label (a node that was split when it was optimised).</summary>
    static void Merge(List<double> times, int perRun)
    {
        var runs = times.Count / perRun;
        for (var run = 0; run < runs; run++)
        {
            times[run] = Enumerable.Range(run * perRun, perRun).Sum(i => times[i]);
        }

        times.RemoveRange(runs, times.Count - runs);
    }
}
