using CompressTasks.Onnx;
using CompressTasks.Profiling;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Surgery;

namespace CompressTasks.Benchmarks;

/// <summary>How much of a cut's fewer MACs arrives as time, at half and a quarter of the MACs: with and without rounded widths, and where whole blocks go.</summary>
static class SpeedAgainstMacs
{
    const int Rounds = 3;

    public static void Run(IReadOnlyList<string> files)
    {
        Console.WriteLine("| model | MACs asked | widths | MACs left | speed-up by MACs | speed-up measured | of ideal | medians of the rounds |");
        Console.WriteLine("|---|---:|---|---:|---:|---:|---:|---|");
        Measure("resnet-18 of the builder", Networks.ResNet18());
        Measure("resnet-20 of the builder", Networks.CifarResNet(20));
        foreach (var file in files) Measure(Path.GetFileNameWithoutExtension(file), OnnxModel.Read(file));
    }

    static void Measure(string name, OnnxModel model)
    {
        Simplification.Apply(model);
        var shapes = InputShapes.Resolve(model, new Dictionary<string, long[]>());
        var graph = CouplingGraph.Build(model, ShapeInference.Infer(model, shapes));
        var scores = MagnitudeCriterion.Score(graph);
        foreach (var share in (double[])[0.5, 0.25])
        {
            foreach (var (distribution, roundTo) in new[] { (Distribution.Uniform, 16), (Distribution.Global, 1), (Distribution.Global, 16) })
            {
                var search = new CutSearch(graph, new UnitSelection(graph, scores, distribution, roundTo));
                var limits = new CostLimits((long)(share * search.Nothing.Cost.Macs));
                if (!search.CanReach(limits)) continue;
                var cut = search.Find(limits);
                var widths = $"{distribution.ToString().ToLowerInvariant()}{(roundTo == 1 ? ", any" : $", multiples of {roundTo}")}";
                Row(widths, share, search.Nothing.Cost.Macs, cut.Cost.Macs, ModelSurgery.Remove(graph, cut.Removed));
            }

            var blocks = ResidualBlock.Find(model, graph.Shapes);
            if (blocks.Count == 0) continue;
            var selection = new BlockSelection(model, graph.Shapes, blocks, BlockScores.ByWeights(model, blocks, squared: true));
            if (selection.Find(new CostLimits((long)(share * selection.Nothing.Cost.Macs))) is { } fewer)
            {
                Row("whole blocks", share, selection.Nothing.Cost.Macs, fewer.Cost.Macs, BlockSurgery.Remove(model, blocks, fewer.Removed));
            }
        }

        void Row(string what, double share, long before, long after, OnnxModel smaller)
        {
            var options = new LatencyOptions { Shapes = shapes, TimeBudget = TimeSpan.FromSeconds(1.5) };
            var candidate = ModelSource.FromModel(smaller);
            var rounds = Enumerable.Range(0, Rounds).Select(_ => LatencyProfiler.Compare(ModelSource.FromModel(model), candidate, options)).OrderBy(round => round.Ratio).ToArray();
            var (byMacs, measured) = ((double)before / after, 1 / rounds[Rounds / 2].Ratio);
            Console.WriteLine(FormattableString.Invariant(
                $"| {name} | {share:P0} | {what} | {1 / byMacs:P1} | {byMacs:0.00}x | {measured:0.00}x | {measured / byMacs:P0} | {1 / rounds[^1].Ratio:0.00} to {1 / rounds[0].Ratio:0.00} |"));
        }
    }
}
