using System.Text.Json;
using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Students;

namespace CompressTasks.Pipeline;

/// <summary>The shapes that were found, so that a stopped stage tries the same ones.</summary>
sealed record StudentPlan(FeasibleRange Range, bool IsOutOfReach, IReadOnlyList<PlannedStudent> Shapes);

/// <summary>One of them, without its model.</summary>
/// <param name="Latency">Share of the original's, where a latency budget asked for it.</param>
sealed record PlannedStudent(IReadOnlyList<string> Blocks, IReadOnlyList<StageWidth> Widths, Cost Cost, double? Latency, IReadOnlyList<LayerOutcome> Layers)
{
    /// <summary>For people.</summary>
    public override string ToString() =>
        $"{(Blocks.Count == 0 ? "full depth" : FormattableString.Invariant($"without {string.Join(" and ", Blocks)}"))}, {string.Join(", ", Widths)}; MACs {Quantity.Count(Cost.Macs)}, parameters {Quantity.Count(Cost.Parameters)}, size {Quantity.Bytes(Cost.Bytes)}"
        + (Latency is { } share ? $", latency {Quantity.Percentage(share)} of the original's" : "");
}

/// <summary>Proposals and trials in the work folder. What says that something is there is written last.</summary>
/// <param name="prefix">Path and start of the names of the files.</param>
sealed class StudentStore(string prefix)
{
    string PlanFile => prefix + "-students.json";

    public StudentPlan? FindPlan() => Read<StudentPlan>(PlanFile);

    public void Save(StudentPlan plan, IReadOnlyList<StudentShape> shapes)
    {
        foreach (var (index, shape) in shapes.Index()) shape.Model.WriteDense(ProposalFile(index + 1));
        FileReplacement.WriteText(PlanFile, JsonSerializer.Serialize(plan, CompressionReport.Json));
    }

    /// <summary>A candidate as it is before any training.</summary>
    public OnnxModel Candidate(StudentCandidate candidate, int seed)
    {
        var model = OnnxModel.Read(ProposalFile(candidate.Proposal));
        if (candidate.Weights == StudentWeights.Fresh) FreshWeights.Apply(model, seed);
        return model;
    }

    public StudentTrial? FindTrial(StudentCandidate candidate) => Read<StudentTrial>(TrialFile(candidate));

    public void Save(StudentCandidate candidate, StudentTrial trial) => FileReplacement.WriteText(TrialFile(candidate), JsonSerializer.Serialize(trial, CompressionReport.Json));

    string ProposalFile(int proposal) => FormattableString.Invariant($"{prefix}-proposal-{proposal}.onnx");

    string TrialFile(StudentCandidate candidate) => FormattableString.Invariant($"{prefix}-trial-{candidate.Number}.json");

    static T? Read<T>(string file)
        where T : class => File.Exists(file) ? JsonSerializer.Deserialize<T>(File.ReadAllText(file), CompressionReport.Json) : null;
}
