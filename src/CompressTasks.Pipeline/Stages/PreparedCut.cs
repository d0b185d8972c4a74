using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pipeline;

/// <summary>
/// The cut that sparse learning prepares. It is kept, since measured latency chose it and would choose a little differently when a stopped stage goes
/// on, while the training goes on from a checkpoint that belongs to this one.
/// </summary>
/// <param name="Step">The cut's number, from 1.</param>
/// <param name="Plan">Which of the step's plans it is of.</param>
/// <param name="Removed">Indices of the units that will go.</param>
/// <param name="IsWithinLimits">False for the deepest cut in place of one that keeps the limits.</param>
sealed record PreparedCut(int Step, int Plan, IReadOnlyList<int> Removed, Cost Cost, int Depth, FeasibleRange Range, bool IsWithinLimits)
{
    public static PreparedCut Of(int step, int plan, Cut cut, FeasibleRange range, bool isWithinLimits) =>
        new(step, plan, [.. Enumerable.Range(0, cut.Removed.Length).Where(unit => cut.Removed[unit])], cut.Cost, cut.Depth, range, isWithinLimits);

    /// <param name="units">Units of the step's graph.</param>
    public Cut ToCut(int units)
    {
        var removed = new bool[units];
        foreach (var unit in Removed) removed[unit] = true;
        return new Cut(removed, Cost, Depth);
    }

    /// <param name="prefix">As of <see cref="CutState.Save"/>.</param>
    public void Save(string prefix) => FileReplacement.WriteText(FileOf(prefix), JsonSerializer.Serialize(this, CompressionReport.Json));

    /// <returns>Null where nothing is saved for this step.</returns>
    public static PreparedCut? Find(string prefix, int step) =>
        File.Exists(FileOf(prefix)) && JsonSerializer.Deserialize<PreparedCut>(File.ReadAllText(FileOf(prefix)), CompressionReport.Json) is { } cut && cut.Step == step ? cut : null;

    static string FileOf(string prefix) => prefix + "-prepared.json";
}
