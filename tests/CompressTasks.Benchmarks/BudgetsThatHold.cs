using System.Globalization;
using CompressTasks.Onnx;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;

namespace CompressTasks.Benchmarks;

/// <summary>
/// Budgets alone and together on three models, cut without data; what was achieved is measured again, as <c>compress profile --compare</c> does,
/// and of three such measurements the one with the median latency counts.
/// </summary>
static class BudgetsThatHold
{
    const int Rounds = 3;

    static readonly (BudgetKind Kind, string Text)[] Asked = [(BudgetKind.MaxLatency, "50%"), (BudgetKind.MaxSize, "30%"), (BudgetKind.MaxFlops, "40%")];

    public static void Run(string first, string second)
    {
        var folder = Directory.CreateTempSubdirectory("compress-budgets");
        try
        {
            var network = Path.Combine(folder.FullName, "resnet-20-of-the-builder.onnx");
            Networks.CifarResNet(20).Write(network);
            Console.WriteLine("| model | asked | latency | size | FLOPs | kept, measured again | rounds of latency | seconds |");
            Console.WriteLine("|---|---|---:|---:|---:|---|---|---:|");
            foreach (var model in (string[])[network, first, second])
            {
                foreach (var asked in Asked.Select(budget => new[] { budget }).Append(Asked)) Cut(model, asked, folder.FullName);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static void Cut(string model, (BudgetKind Kind, string Text)[] asked, string folder)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var request = new CompressionRequest
        {
            Model = model,
            OutputDirectory = Path.Combine(folder, Guid.NewGuid().ToString("N")),
            CacheDirectory = Path.Combine(folder, "cache"),
            Budgets = [.. asked.Select(budget => Budget.Parse(budget.Kind, budget.Text))],
        };
        var name = $"| {Path.GetFileNameWithoutExtension(model)} | {string.Join(", ", asked.Select(budget => $"{budget.Kind}={budget.Text}"))} ";
        try
        {
            var report = CompressionRun.Execute(request, null, default);
            var options = new ProfileOptions { Memory = false, NodeTimes = false };
            var rounds = Enumerable.Range(0, Rounds).Select(_ => ModelProfiler.Compare(model, Path.Combine(request.OutputDirectory, Path.GetFileName(model)), options));
            var again = rounds.OrderBy(round => round.LatencyRatio).ElementAt(Rounds / 2);
            double Share(long part, long whole) => (double)part / whole;
            var (latency, size, flops) = (again.LatencyRatio, Share(again.Candidate.SizeBytes, again.Original.SizeBytes), Share(again.Candidate.Flops, again.Original.Flops));
            var isKept = asked.All(budget => (budget.Kind switch { BudgetKind.MaxLatency => latency, BudgetKind.MaxSize => size, _ => flops }) <= double.Parse(budget.Text.TrimEnd('%'), CultureInfo.InvariantCulture) / 100);
            Console.WriteLine(FormattableString.Invariant(
                $"{name}| {latency:P1} | {size:P2} | {flops:P2} | {(isKept ? "yes" : "NO")} | {string.Join(" ", report.Ratios.LatencyRounds!.Select(round => round.ToString("P1", CultureInfo.InvariantCulture)))} | {clock.Elapsed.TotalSeconds:0} |"));
        }
        catch (BudgetException exception)
        {
            Console.WriteLine(FormattableString.Invariant($"{name}| | | | NO: {exception.Message} | | {clock.Elapsed.TotalSeconds:0} |"));
        }
    }
}
