using System.Text;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>Unstructured pruning and sparse training on MNIST, point by point; a table of what is finished is written after each.</summary>
static class SparseMnist
{
    static readonly (string Network, double Kept, int Epochs, bool Splices)[] Surgery =
    [
        ("lenet-300-100", 0.018, 30, false), ("lenet-300-100", 0.018, 30, true), ("lenet-300-100", 1 / 68.0, 40, false), ("lenet-5", 0.009, 20, false), ("lenet-5", 1 / 280.0, 30, false),
    ];

    /// <param name="data">Folder with the four IDX files.</param>
    /// <param name="output">Gets a JSON file and a model per point, and points.md.</param>
    /// <param name="part">all, surgery, topologies, lottery, or the beginning of a surgery such as lenet-5 or lenet-5-0.9.</param>
    public static void Run(string data, string output, string part)
    {
        using var run = TrainedPoints.OfMnist(data, output);
        var points = new List<TrainedPoint>();
        void Finish(IEnumerable<TrainedPoint> finished)
        {
            foreach (var point in finished)
            {
                points.Add(point);
                File.WriteAllText(Path.Combine(run.Output, $"{part}.md"), Table(points));
            }
        }

        foreach (var (network, kept, epochs, splices) in Surgery)
        {
            var label = FormattableString.Invariant($"{network}-{100 * kept:0.###}");
            if (part is not ("all" or "surgery") && !label.StartsWith(part, StringComparison.Ordinal)) continue;
            Finish([SurgeryPoints.DenseOf(run, network)]);
            Finish([SurgeryPoints.Run(run, network, kept, epochs, seed: 1, splices)]);
        }

        for (var seed = 1; seed <= 3 && part is "all" or "topologies"; seed++) Finish(ComparisonPoints.OfMnist.Topologies(run, seed));
        for (var seed = 1; seed <= 3 && part is "all" or "lottery"; seed++) Finish(ComparisonPoints.OfMnist.Lottery(run, seed, rewind: 0).Concat(ComparisonPoints.OfMnist.Lottery(run, seed, rewind: 0.5)));
    }

    public static string Table(IEnumerable<TrainedPoint> points)
    {
        var text = new StringBuilder("| network | method | seed | epochs | weights kept | | bytes | test accuracy | dense | |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var point in points.DistinctBy(point => point.Name))
        {
            text.Append(FormattableString.Invariant($"| {point.Network} | {point.Method} | {point.Seed} | {point.Epochs} | {point.Kept} | {100.0 * point.Kept / point.Weights:0.000} % | {point.Bytes} | {100 * point.Accuracy:0.00} % |"));
            text.Append(point.Dense is { } dense ? FormattableString.Invariant($" {100 * dense:0.00} % | {100 * (point.Accuracy - dense):+0.00;-0.00} |\n") : " | |\n");
        }

        return text.ToString();
    }
}
