using System.Globalization;
using CompressTasks.Pipeline;
using CompressTasks.Profiling;
using CompressTasks.Tool.Terminal;

namespace CompressTasks.Tool.Commands;

/// <summary>Profiles as text for people.</summary>
static class ProfileView
{
    public static void Print(CommandOutput output, ModelProfile profile, bool withLayers)
    {
        output.Line($"{profile.Model}  ({Inputs(profile)})");
        var table = new Table(new Column(""), new Column("", IsNumber: true), new Column(""));
        foreach (var (name, value, exact) in Rows(profile)) table.Add(name, value, exact);
        output.Table(table);
        if (withLayers) PrintLayers(output, profile);
    }

    public static void Print(CommandOutput output, ProfileComparison comparison, bool withLayers)
    {
        var (original, candidate) = (comparison.Original, comparison.Candidate);
        output.Line($"A  {original.Model}  ({Inputs(original)})");
        output.Line($"B  {candidate.Model}  ({Inputs(candidate)})");
        var table = new Table(new Column(""), new Column("A", IsNumber: true), new Column("B", IsNumber: true), new Column("B / A", IsNumber: true));
        table.Add("Size", Quantity.Bytes(original.SizeBytes), Quantity.Bytes(candidate.SizeBytes), Ratio(candidate.SizeBytes, original.SizeBytes));
        table.Add(
            "Parameters",
            Quantity.Count(original.Parameters),
            Quantity.Count(candidate.Parameters),
            Ratio(candidate.Parameters, original.Parameters));
        table.Add("MACs", Quantity.Count(original.Macs), Quantity.Count(candidate.Macs), Ratio(candidate.Macs, original.Macs));
        table.Add("FLOPs (2 x MACs)", Quantity.Count(original.Flops), Quantity.Count(candidate.Flops), Ratio(candidate.Flops, original.Flops));
        table.Add(
            "Latency, median",
            Quantity.Milliseconds(original.Latency.MedianMs),
            Quantity.Milliseconds(candidate.Latency.MedianMs),
            Quantity.Percentage(comparison.LatencyRatio));
        table.Add(
            "Latency, fastest",
            Quantity.Milliseconds(original.Latency.MinMs),
            Quantity.Milliseconds(candidate.Latency.MinMs),
            Quantity.Percentage(comparison.LatencyMinRatio));
        if (original.PeakMemoryBytes is { } before && candidate.PeakMemoryBytes is { } after)
        {
            table.Add("Peak memory", Quantity.Bytes(before), Quantity.Bytes(after), Ratio(after, before));
        }

        output.Table(table);
        output.Line($"{original.Latency.Runs} runs of each model in turn, {Setup(original.Latency)}. Differences of latency below 2 % are noise.");
        if (!withLayers) return;
        PrintLayers(output, original);
        PrintLayers(output, candidate);
    }

    static IEnumerable<(string Name, string Value, string Exact)> Rows(ModelProfile profile)
    {
        var latency = profile.Latency;
        yield return ("Size", Quantity.Bytes(profile.SizeBytes), Exact(profile.SizeBytes));
        yield return ("Parameters", Quantity.Count(profile.Parameters), Exact(profile.Parameters));
        yield return ("Buffers", Quantity.Count(profile.Buffers), Exact(profile.Buffers));
        yield return ("MACs", Quantity.Count(profile.Macs), Exact(profile.Macs));
        yield return ("FLOPs", Quantity.Count(profile.Flops), "2 x MACs");
        yield return ("Latency", Quantity.Milliseconds(latency.MedianMs), $"median of {latency.Runs} runs, {Setup(latency)}");
        yield return ("", Quantity.Milliseconds(latency.P90Ms), "90 % are faster");
        yield return ("", Quantity.Milliseconds(latency.MinMs), "fastest");
        if (profile.PeakMemoryBytes is { } memory) yield return ("Peak memory", Quantity.Bytes(memory), "to load and run");
    }

    static void PrintLayers(CommandOutput output, ModelProfile profile)
    {
        var total = profile.Layers.Sum(layer => layer.LatencyMs) ?? 0;
        var table = new Table(
            new Column("Layer"),
            new Column("Operator"),
            new Column("Parameters", IsNumber: true),
            new Column("MACs", IsNumber: true),
            new Column("Time", IsNumber: true),
            new Column("Share", IsNumber: true));
        foreach (var layer in profile.Layers)
        {
            var time = layer.LatencyMs is > 0 and var milliseconds
                ? (Quantity.Milliseconds(milliseconds), Quantity.Percentage(milliseconds / total))
                : ("fused", "");
            table.Add(layer.Name, layer.Operator, Blank(layer.Parameters), Blank(layer.Macs), time.Item1, time.Item2);
        }

        output.Line();
        output.Table(table);
    }

    static string Setup(Latency latency) =>
        $"{latency.Provider.ToUpperInvariant()}, {latency.Threads} {(latency.Threads == 1 ? "thread" : "threads")}";

    static string Inputs(ModelProfile profile) => string.Join(", ", profile.Inputs.Select(input => $"{input.Key} {string.Join('x', input.Value)}"));

    static string Exact(long number) => number < 1000 ? "" : number.ToString("#,0", CultureInfo.InvariantCulture);

    static string Blank(long number) => number == 0 ? "" : Quantity.Count(number);

    static string Ratio(double after, double before) => before == 0 ? "" : Quantity.Percentage(after / before);
}
