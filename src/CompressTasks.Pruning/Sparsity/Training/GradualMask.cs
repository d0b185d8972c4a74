using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CompressTasks.Pruning.Sparsity;

/// <summary>
/// Prunes while the network trains: masks are chosen anew at each of a number of steps, down to the target (Zhu and Gupta, To Prune or Not
/// to Prune, 2017). With <see cref="Splices"/> pruned weights go on training beside the network and come back once they have grown:
/// Guo et al., Dynamic Network Surgery, 2016, whose two thresholds here follow from the number of weights that is to stay.
/// </summary>
public sealed class GradualMask : FixedMask
{
    /// <summary>A pruned weight comes back where it exceeds the smallest kept one by this factor; so far apart the method's authors set its two thresholds.</summary>
    const double SpliceFactor = 1.1 / 0.9;

    readonly MaskPlan plan;
    readonly Criterion criterion;
    readonly PruningSchedule schedule;
    readonly double density;
    readonly UpdateSteps updates;
    readonly int seed;
    readonly GradientScores? gradients;
    readonly Dictionary<string, Tensor> dense = new(StringComparer.Ordinal);

    /// <param name="criterion">One of single weights; splicing needs <see cref="Criterion.L1"/> or <see cref="Criterion.L2"/>.</param>
    /// <param name="density">Share of the weights that is to stay.</param>
    /// <param name="updates">How often the masks are chosen.</param>
    /// <param name="seed">Of random scores.</param>
    /// <param name="splices">Whether pruned weights may come back.</param>
    public GradualMask(
        GraphModule module, MaskPlan plan, Criterion criterion, PruningSchedule schedule, double density, int updates, int seed, bool splices = false)
        : base(module, WeightMasks.Full(module, plan.Matrices.Select(matrix => matrix.Name)))
    {
        if (splices && criterion is not (Criterion.L1 or Criterion.L2))
        {
            throw new ArgumentOutOfRangeException(nameof(criterion), criterion, "Weights that come back are compared by magnitude.");
        }

        this.plan = plan;
        this.criterion = criterion;
        this.schedule = schedule;
        this.density = density;
        this.seed = seed;
        this.updates = new UpdateSteps(updates);
        Splices = splices;
        if (!ElementScores.NeedsNoData(criterion)) gradients = new GradientScores(criterion, module, plan.Matrices);
        if (!splices) return;
        foreach (var matrix in plan.Matrices) dense[matrix.Name] = module.Weights[matrix.Name].detach().clone().DetachFromDisposeScope();
    }

    public bool Splices { get; }

    public override string Identity => FormattableString.Invariant(
        $"gradual {plan.Grain} {criterion} {plan.Distribution} {plan.LeastPerLayer} {schedule} {density} {updates.Count} {seed} {Splices}");

    public override IEnumerable<(string Name, Tensor Value)> State => base.State
        .Concat(gradients?.State ?? [])
        .Concat(dense.Select(weight => ("dense/" + weight.Key, weight.Value)));

    public override bool MayBeKept(TrainingPosition position) => updates.AreOver(position);

    public override void AfterBackward(TrainingPosition position)
    {
        gradients?.Add(Module);
        if (!Splices || updates.AreOver(position))
        {
            base.AfterBackward(position);
            return;
        }

        // The gradient is that of the pruned network, and the weights that it moves are the dense ones.
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (name, weight) in dense) Module.Weights[name].copy_(weight);
    }

    public override void AfterUpdate(TrainingPosition position)
    {
        if (updates.IsDue(position)) Choose(position);
        else if (Splices && !updates.AreOver(position)) Remember();
        base.AfterUpdate(position);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        gradients?.Dispose();
        foreach (var weight in dense.Values) weight.Dispose();
    }

    void Choose(TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        var due = updates.DueAt(position);
        if (Splices) Remember();
        // Gradients say nothing before the first batch: the schedule's first share goes at the second update.
        if (gradients is not null && position.Steps == 0) return;
        var weights = plan.Matrices.ToDictionary(matrix => matrix.Name, matrix => (Tensor)Module.Weights[matrix.Name], StringComparer.Ordinal);
        var scores = gradients?.Scores() ?? ElementScores.OfWeights(criterion, plan.Matrices, weights, seed, due);
        foreach (var matrix in plan.Matrices)
        {
            var mask = Masks.Masks[matrix.Name];
            if (Splices) scores[matrix.Name].mul_(mask.mul(Factor - 1).add_(1));
            else scores[matrix.Name] = scores[matrix.Name].masked_fill(mask.eq(0), double.NegativeInfinity);
        }

        plan.Select(scores, schedule.Left((double)due / updates.Count, density), Masks);
        if (criterion != Criterion.Movement) gradients?.Reset();
    }

    /// <summary>Scores of L2 are squares.</summary>
    double Factor => criterion == Criterion.L2 ? SpliceFactor * SpliceFactor : SpliceFactor;

    void Remember()
    {
        using var scope = NewDisposeScope();
        foreach (var (name, weight) in dense) weight.copy_(Module.Weights[name]);
    }
}
