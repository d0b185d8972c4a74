using System.Diagnostics;
using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Benchmarks;

/// <summary>What pruning without data takes for large models, and how it grows with a graph.</summary>
static class PruningAtScale
{
    const long Small = 25_000_000, Large = 125_000_000;

    /// <summary>The command <c>compress prune MODEL --max-macs 50%</c> as a user starts it, in a process of its own.</summary>
    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("compress-scale-");
        try
        {
            Console.WriteLine("| model | file | parameters left | seconds | peak memory | peak / file |");
            Console.WriteLine("|---|---:|---:|---:|---:|---:|");
            Prune("convolutions, 25 M", folder, path => LargeModels.Convolutional(Small).Write(path));
            Prune("transformer, 25 M", folder, path => LargeModels.Transformer(Small).Write(path));
            Prune("convolutions, 125 M", folder, path => LargeModels.Convolutional(Large).Write(path));
            Prune("transformer, 125 M", folder, path => LargeModels.Transformer(Large).Write(path));
            Prune("transformer, 125 M, external data", folder, path => LargeModels.WriteInTwoFiles(LargeModels.Transformer(Large), path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Console.WriteLine();
        Console.WriteLine("| graph | nodes | milliseconds | microseconds a node |");
        Console.WriteLine("|---|---:|---:|---:|");
        Grow("deep", LargeModels.Deep, 100);
        Grow("wide", LargeModels.Wide, 100);
    }

    static void Prune(string name, DirectoryInfo folder, Action<string> write)
    {
        var model = Path.Combine(folder.FullName, "model.onnx");
        write(model);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var bytes = folder.EnumerateFiles().Sum(file => file.Length);
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "dotnet-compress.dll"), "prune", model, "--max-macs", "50%", "-o", Path.Combine(folder.FullName, "smaller.onnx"), "--json"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var peak = PeakMemory(process);
        var seconds = clock.Elapsed.TotalSeconds;
        if (process.ExitCode != 0) throw new InvalidOperationException(output.Result);
        var left = JsonDocument.Parse(output.Result).RootElement.GetProperty("ratios").GetProperty("parameters").GetDouble();
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {bytes / 1e6:0} MB | {left:P1} | {seconds:0.0} | {peak / 1e6:0} MB | {(double)peak / bytes:0.00} |"));
        foreach (var file in folder.EnumerateFiles()) file.Delete();
    }

    /// <summary>The high-water mark of the process, read until it ends; it starts no others.</summary>
    static long PeakMemory(Process process)
    {
        long peak = 0;
        while (!process.WaitForExit(5))
        {
            process.Refresh();
            try
            {
                peak = Math.Max(peak, process.PeakWorkingSet64);
            }
            catch (InvalidOperationException)
            {
                // It ended in between.
            }
        }

        return peak;
    }

    /// <summary>Everything but ONNX Runtime's part, for one, two, four and eight times the graph.</summary>
    static void Grow(string name, Func<int, OnnxModel> build, int size)
    {
        Time(build(size));
        for (var factor = 1; factor <= 8; factor *= 2)
        {
            var model = build(factor * size);
            var nodes = model.Graph.Node.Count;
            var milliseconds = Enumerable.Range(0, 3).Min(_ => Time(model.Clone()));
            Console.WriteLine(FormattableString.Invariant($"| {name} | {nodes} | {milliseconds:0} | {1000 * milliseconds / nodes:0} |"));
        }
    }

    static double Time(OnnxModel model)
    {
        var clock = Stopwatch.StartNew();
        ModelChecker.Check(model);
        Simplification.Apply(model);
        var shapes = InputShapes.Resolve(model, null);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
        var search = new CutSearch(graph, new UnitSelection(graph, MagnitudeCriterion.Score(graph), Distribution.Global));
        ModelSurgery.Remove(graph, search.Find(new CostLimits(search.Nothing.Cost.Macs / 2)).Removed);
        return clock.Elapsed.TotalMilliseconds;
    }
}
