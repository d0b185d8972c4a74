using System.Text;

namespace CompressTasks.Benchmarks.Sparse;

/// <summary>Unstructured pruning and sparse training on MNIST, point by point; a table of what is finished is written after each.</summary>
static class SparseMnist
{
    static readonly (string Network, double Kept, int Epochs)[] Surgery =
    [
        ("lenet-300-100", 0.018, 30), ("lenet-300-100", 1 / 68.0, 30), ("lenet-5", 0.009, 16), ("lenet-5", 1 / 280.0, 24),
    ];

    /// <param name="data">Folder with the four IDX files.</param>
    /// <param name="output">Gets a JSON file and a model per point, and points.md.</param>
    /// <param name="part">all, surgery, topologies, lottery, or the beginning of a surgery such as lenet-5 or lenet-5-0.9.</param>
    public static void Run(string data, string output, string part)
    {
        using var run = new MnistRun(data, output);
        var points = new List<MnistPoint>();
        void Finish(IEnumerable<MnistPoint> finished)
        {
            foreach (var point in finished)
            {
                points.Add(point);
                File.WriteAllText(Path.Combine(run.Output, $"{part}.md"), Table(points));
            }
        }

        foreach (var (network, kept, epochs) in Surgery)
        {
            var label = FormattableString.Invariant($"{network}-{100 * kept:0.###}");
            if (part is not ("all" or "surgery") && !label.StartsWith(part, StringComparison.Ordinal)) continue;
            Finish([SurgeryPoints.DenseOf(run, network)]);
            Finish([SurgeryPoints.Run(run, network, kept, epochs, seed: 1)]);
        }

        for (var seed = 1; seed <= 3 && part is "all" or "topologies"; seed++) Finish(ComparisonPoints.Topologies(run, seed));
        for (var seed = 1; seed <= 3 && part is "all" or "lottery"; seed++) Finish(ComparisonPoints.Lottery(run, seed, rewind: 0).Concat(ComparisonPoints.Lottery(run, seed, rewind: 0.5)));
    }

    static string Table(IEnumerable<MnistPoint> points)
    {
        var text = new StringBuilder("| network | method | seed | epochs | weights kept | | test accuracy | dense | |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var point in points.DistinctBy(point => point.Name))
        {
            text.Append(FormattableString.Invariant($"| {point.Network} | {point.Method} | {point.Seed} | {point.Epochs} | {point.Kept} | {100.0 * point.Kept / point.Weights:0.000} % | {100 * point.Accuracy:0.00} % |"));
            text.Append(point.Dense is { } dense ? FormattableString.Invariant($" {100 * dense:0.00} % | {100 * (point.Accuracy - dense):+0.00;-0.00} |\n") : " | |\n");
        }

        return text.ToString();
    }
}
