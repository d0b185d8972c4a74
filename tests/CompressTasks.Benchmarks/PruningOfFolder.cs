using System.Diagnostics;
using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;
using CompressTasks.Pruning.Tests.Surgery;

namespace CompressTasks.Benchmarks;

/// <summary>Cuts real models without data and compares each with its masked original in ONNX Runtime.</summary>
static class PruningOfFolder
{
    public static void Run(string folder)
    {
        Console.WriteLine("| model | asked | MACs left | plan exact | masked - removed | seconds | layers untouched, and why |");
        Console.WriteLine("|---|---:|---:|---|---:|---:|---|");
        foreach (var file in Directory.EnumerateFiles(folder, "*.onnx").Order(StringComparer.Ordinal))
        {
            foreach (var share in (double[])[0.7, 0.5, 0.3]) Cut(file, share);
        }
    }

    static void Cut(string file, double share)
    {
        var clock = Stopwatch.StartNew();
        var model = OnnxModel.Read(file);
        Simplification.Apply(model);
        var shapes = Shapes(model);
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
        var search = new CutSearch(graph, new UnitSelection(graph, MagnitudeCriterion.Score(graph), Distribution.Global));
        var all = search.Nothing.Cost.Macs;
        var name = Path.GetFileNameWithoutExtension(file);
        try
        {
            var cut = search.Find(new CostLimits((long)(share * all)));
            var smaller = ModelSurgery.Remove(graph, cut.Removed);
            var seconds = clock.Elapsed.TotalSeconds;
            var counted = CostModel.Count(smaller, ShapeInference.Infer(smaller, shapes));
            var reasons = LayerOutcome.Of(graph, cut.Removed).Where(layer => layer.Reason is not null).GroupBy(layer => layer.Reason!.Split(':')[0]).Select(group => $"{group.Count()} {group.Key}");
            Console.WriteLine(FormattableString.Invariant(
                $"| {name} | {share:P0} | {(double)counted.Macs / all:P2} | {(counted.Macs == cut.Cost.Macs && counted.Parameters == cut.Cost.Parameters ? "yes" : "NO")} | {Difference(graph, cut.Removed, smaller, shapes):0.0e0} | {seconds:0.0} | {string.Join(", ", reasons)} |"));
        }
        catch (PruningException exception) when (exception.Code == PruningException.OutOfReach)
        {
            Console.WriteLine(FormattableString.Invariant($"| {name} | {share:P0} | lowest {(double)search.Everything.Cost.Macs / all:P2} | | | | |"));
        }
    }

    /// <summary>Dynamic axes get 1 for the batch and 48 elsewhere, unless the axis is an image's, which gets 64.</summary>
    static Dictionary<string, long[]> Shapes(OnnxModel model) => InputShapes.Required(model).ToDictionary(
        input => input.Name,
        input => input.Type.TensorType.Shape.Dim.Select((dimension, axis) => dimension.HasDimValue ? dimension.DimValue
            : axis == 0 ? 1L : axis == 1 && input.Type.TensorType.Shape.Dim.Count == 4 ? 3L : input.Type.TensorType.Shape.Dim.Count == 4 ? 64L : 48L).ToArray());

    /// <summary>Units that are read both through weights and without any, as a head's in a fused projection, are masked at both ends.</summary>
    static double Difference(CouplingGraph graph, bool[] removed, OnnxModel smaller, Dictionary<string, long[]> shapes) =>
        ((bool[])[false, true]).Min(atBothEnds => Difference(MaskedModel.Of(graph, removed, atBothEnds), smaller, shapes));

    /// <summary>Largest difference of any output, relative to that output's largest value.</summary>
    static double Difference(OnnxModel first, OnnxModel second, Dictionary<string, long[]> shapes)
    {
        using var left = new ModelRunner(ModelSource.FromModel(first));
        using var right = new ModelRunner(ModelSource.FromModel(second));
        var random = new Random(1);
        RuntimeTensor[] inputs = [.. left.Inputs.Select(input =>
        {
            var values = new float[shapes[input.Name].Aggregate(1L, (product, length) => product * length)];
            var isInteger = InputShapes.Required(first).First(info => info.Name == input.Name).Type.TensorType.ElemType is 6 or 7;
            for (var i = 0; i < values.Length; i++) values[i] = isInteger ? random.Next(2) : (float)((2 * random.NextDouble()) - 1);
            return new RuntimeTensor(values, shapes[input.Name]);
        })];
        return left.RunOnce(inputs).Zip(right.RunOnce(inputs)).Max(pair =>
            pair.First.Values.Zip(pair.Second.Values).Max(values => Math.Abs(values.First - values.Second)) / (pair.First.Values.Max(Math.Abs) + 1e-9));
    }
}
