using CompressTasks.Onnx;
using CompressTasks.Pruning.Blocks;
using CompressTasks.Pruning.Coupling;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Students;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>What a stage that derives a student made.</summary>
/// <param name="Range">What students could cost.</param>
/// <param name="IsOutOfReach">True where the student is the smallest there is and still above a limit.</param>
sealed record StudentOutcome(OnnxModel Model, StudentReport Report, IReadOnlyList<LayerOutcome> Layers, FeasibleRange Range, bool IsOutOfReach);

/// <summary>Derives students of a model that fit the limits, tries them if there are several, and takes the best.</summary>
/// <param name="trial">How each is trained for its trial.</param>
sealed class StudentStageRunner(StudentStage stage, PruneSetting setting, TrainingRecipe trial)
{
    const string Stage = "student";

    /// <summary>ONNX Runtime's CPU kernels work in blocks of this many channels or a multiple of it.</summary>
    const int FastWidth = 8;

    readonly StudentStore store = new(setting.CheckpointPrefix!);

    StudentWeights Weights => stage.Weights ?? StudentWeights.Inherit;

    /// <summary>What starts with inherited weights, then what starts with fresh ones.</summary>
    IReadOnlyList<StudentWeights> Starts => Weights == StudentWeights.Both ? [StudentWeights.Inherit, StudentWeights.Fresh] : [Weights];

    /// <param name="model">The original, simplified; it is left as it is.</param>
    /// <exception cref="Pruning.PruningException">CMP0603 the criterion needs labels; CMP0605 nothing can go.</exception>
    public StudentOutcome Run(OnnxModel model, CancellationToken cancellation)
    {
        var plan = store.FindPlan() ?? Propose(model, cancellation);
        var candidates = new List<StudentCandidate>();
        foreach (var (proposal, shape) in plan.Shapes.Index())
        {
            foreach (var weights in Starts) candidates.Add(new StudentCandidate(candidates.Count + 1, proposal + 1, weights, shape.Blocks, shape.Widths, shape.Cost, shape.Latency, null));
        }

        if (candidates.Count > 1 && !plan.IsOutOfReach) candidates = [.. new StudentTrials(setting, trial, store).Run(candidates, cancellation)];
        var (taken, why) = Best(candidates, plan.IsOutOfReach);
        Report($"taken: {why}", 1);
        return new StudentOutcome(
            // A trial's short schedule is too harsh a start for what follows: it costs inherited weights most of their worth.
            store.Candidate(taken, setting.Seed),
            new StudentReport(CompressionRequest.DerivedStudent, taken.Number, why, candidates),
            plan.Shapes[taken.Proposal - 1].Layers,
            plan.Range,
            plan.IsOutOfReach);
    }

    StudentPlan Propose(OnnxModel model, CancellationToken cancellation)
    {
        var family = new StudentFamily(model, setting.Shapes, new StudentScores(graph => Units(graph, cancellation), (graph, blocks) => Blocks(graph, blocks, cancellation)))
        {
            RoundTo = stage.RoundTo > 0 ? stage.RoundTo : setting.Latency is null ? 1 : FastWidth,
        };
        var smallest = family.Smallest();
        var range = new FeasibleRange(smallest.Cost, family.Highest, setting.Latency?.Measure(smallest.Model));
        Report($"in reach: {range}", 0);
        Func<OnnxModel, bool>? isFastEnough = setting.Latency is { } goal ? student => goal.Measure(student) <= LatencyGoal.FastEnough * goal.Share : null;
        var shapes = StudentProposals.Of(family, stage.Proposals, Weights != StudentWeights.Fresh, setting.Limits, isFastEnough, cancellation);
        // What noise alone may have kept from being fast enough is left to the final measurement.
        var isOutOfReach = shapes.Count == 0 && (!setting.Limits.Allow(smallest.Cost) || range.LowestLatency > LatencyGoal.ClearlyTooSlow * setting.Latency?.Share);
        if (shapes.Count == 0) shapes = [smallest];
        var plan = new StudentPlan(range, isOutOfReach, [.. shapes.Select(shape => new PlannedStudent(shape.Blocks, shape.Widths, shape.Cost, setting.Latency?.Measure(shape.Model), shape.Layers))]);
        store.Save(plan, shapes);
        foreach (var (number, shape) in plan.Shapes.Index()) Report($"proposal {number + 1} of {plan.Shapes.Count}: {shape}", 0);
        return plan;
    }

    /// <summary>The one that did best in its trial; of equal ones the first.</summary>
    (StudentCandidate Taken, string Why) Best(List<StudentCandidate> candidates, bool isOutOfReach)
    {
        if (isOutOfReach) return (candidates[0], "the smallest student there is, untrained, since not even that keeps the budgets");
        if (candidates is [var only]) return (only, "the only candidate, not tried");
        var best = candidates[0];
        foreach (var candidate in candidates.Skip(1))
        {
            if (candidate.Trial!.IsBetterThan(best.Trial!)) best = candidate;
        }

        if (best.Trial!.Value is null) return (best, "the first one, since no trial gave a result");
        var judged = setting.Validation is null ? "held-back training data" : "the validation data";
        return (best, FormattableString.Invariant($"candidate {best.Number}, proposal {best.Proposal} with {(best.Weights == StudentWeights.Fresh ? "fresh" : "inherited")} weights: {best.Trial}, the best of {candidates.Count} on {judged} after a short training"));
    }

    double[] Units(CouplingGraph graph, CancellationToken cancellation)
    {
        var criterion = UnitCriterion;
        using var module = CriterionTraits.Of(criterion).Needs == CriterionNeeds.Nothing ? null : new GraphModule(graph.Model);
        return ScoringBy(criterion, module).Units(graph, cancellation);
    }

    double[] Blocks(CouplingGraph graph, IReadOnlyList<ResidualBlock> blocks, CancellationToken cancellation)
    {
        var criterion = CriterionTraits.Of(UnitCriterion).OnLayers ? UnitCriterion : Criterion.L2;
        using var module = CriterionTraits.Of(criterion).Needs == CriterionNeeds.Nothing ? null : new GraphModule(graph.Model);
        return ScoringBy(criterion, module).Blocks(graph, blocks, cancellation);
    }

    /// <summary>Weights that are drawn anew are all as important.</summary>
    Criterion UnitCriterion => stage.Criterion ?? (Weights != StudentWeights.Fresh && setting.Data is { HasLabels: true } ? Criterion.Taylor : Criterion.L2);

    Scoring ScoringBy(Criterion criterion, GraphModule? module) => new(new PruneStage { Criterion = criterion, Samples = stage.Samples }, module, setting.Data, setting.Outputs, setting.Seed);

    void Report(string message, double done) => setting.Progress?.Report(new ProgressEvent(Stage, message, done));
}
