using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;

namespace CompressTasks.Pipeline;

/// <summary>Which combinations make sense for a stage that sets weights to zero, beside what <see cref="PruneStageCheck"/> asks of every stage.</summary>
static class MaskStageCheck
{
    const double SameShare = 1e-9;

    /// <param name="require">Called with each condition and what to say where it does not hold.</param>
    public static void Check(PruneStage stage, Action<bool, string> require)
    {
        var isOneShot = stage.Schedule == PruningSchedule.OneShot;
        var isPattern = stage.Granularity.Granularity == Granularity.Pattern;
        var moves = stage.Regrowth is Regrowth.Random or Regrowth.Gradient;
        var traits = CriterionTraits.Of(stage.Criterion);
        var criterion = PruneStageCheck.NameOf(stage.Criterion);
        var byMagnitude = stage.Criterion is Criterion.L1 or Criterion.L2;
        require(traits.OnWeights, $"the criterion {criterion} does not judge single weights, which the granularity {stage.Granularity} needs");
        require(stage.Sparsity is null or (>= 0 and < 1), "sparsity has to be from 0 to below 1, or null for what the budgets ask for");
        require(
            !isPattern || stage.Sparsity is not { } sparsity || Math.Abs(sparsity - 1 + ((double)stage.Granularity.First / stage.Granularity.Second)) < SameShare,
            $"the granularity {stage.Granularity} is a sparsity of its own; leave sparsity out");
        require(
            stage.Distribution is Distribution.Global or Distribution.Uniform or Distribution.Erk or Distribution.Lamp or Distribution.Sensitivity,
            "the distribution of weights is global, uniform, erk, lamp or sensitivity");
        require(stage.Distribution != Distribution.Sensitivity || stage.Start == StartingWeights.Trained, "the distribution sensitivity looks at trained weights, so start is trained");
        require(!isPattern || stage.Distribution is Distribution.Global or Distribution.Uniform, "a pattern leaves the same share everywhere, so its distribution is uniform");
        require(!isPattern || (stage.GroupNormalization is null && stage.LeastPerGroup == 0), "groupNormalization and leastPerGroup are not for a pattern, which leaves the same share everywhere");
        require(stage.GroupNormalization is null || stage.Distribution == Distribution.Global, "groupNormalization is for the distribution global, in which layers compete by their scores");
        require(stage.LeastPerGroup == 0 || stage.Distribution is Distribution.Global or Distribution.Lamp or Distribution.Sensitivity, "leastPerGroup is for the distributions global, lamp and sensitivity, in which layers lose different shares");
        require(stage.MostPerGroup == 1, "mostPerGroup is about channels; of weights leastPerGroup says the same");
        require(stage.CostUnit == CostUnit.Macs, "costUnit needs the distribution budget");
        require(stage.RoundTo <= 1, "roundTo is about widths, and setting weights to zero changes none");
        require(stage.AllowInexact is null, "allowInexact is about channels that go");
        require(stage.SparseLearning is null, "sparseLearning is about units that will go");
        require(stage.Steps is >= 1 and <= 10_000, "steps has to be 1 to 10000 where weights are set to zero");
        require(!isOneShot || moves || stage.Steps == 1, "steps needs a schedule that is not one-shot, or regrowth");
        require(isOneShot || !moves, $"the regrowth {PruneStageCheck.NameOf(stage.Regrowth)} keeps as many weights as there are, so its schedule is one-shot");
        require(!moves || stage.Granularity.Granularity == Granularity.Weight, $"the regrowth {PruneStageCheck.NameOf(stage.Regrowth)} moves single weights and needs the granularity weight");
        require(stage.Regrowth != Regrowth.Splice || !isOneShot, "the regrowth splice needs a schedule that is not one-shot");
        require(stage.Regrowth != Regrowth.Splice || byMagnitude, "the regrowth splice compares magnitudes and needs the criterion l1 or l2");
        require(stage.Criterion != Criterion.Movement || !isOneShot, "the criterion movement follows weights while they train and needs a schedule that is not one-shot");
        require(isOneShot || stage.Steps > 1 || stage.Rewind is not null || !traits.NeedsGradients(), $"the criterion {criterion} needs 2 or more steps of a schedule, since it takes gradients first");
        require(stage.Rewind is null or >= 0, "rewind has to be 0 or more epochs");
        require(stage.Rewind is null || (stage.Regrowth == Regrowth.None && byMagnitude && !isOneShot), "rewind needs a schedule that is not one-shot, the criterion l1 or l2, and no regrowth");
        require(stage.Rewind is null || stage.Recovery is { } training && stage.Rewind <= training.Epochs, "rewind needs a recovery of at least so many epochs");
        require(!isOneShot || moves || stage.Recovery is null, "recovery needs a schedule that is not one-shot, or regrowth");
        var byOutput = stage.Criterion is Criterion.Wanda or Criterion.OptimalBrainSurgeon;
        require(!byOutput || (isOneShot && !moves), $"the criterion {criterion} looks at a trained network's layers once, so its schedule is one-shot, without regrowth");
        require(!byOutput || stage.Distribution == Distribution.Uniform || isPattern, $"the criterion {criterion} compares weights of one output or layer, so its distribution is uniform; for other shares take another criterion and the compensation optimal-brain-surgeon");
        require(!byOutput || stage.Granularity.Granularity == Granularity.Weight || isPattern, $"the criterion {criterion} needs the granularity weight or N:M");
        require(stage.Criterion != Criterion.OptimalBrainDamage || isOneShot, "the criterion optimal-brain-damage is taken once, so its schedule is one-shot");
        require(stage.Compensation != CompensationMethod.LeastSquares, "the compensation least-squares is about channels that go; optimal-brain-surgeon does the like for weights");
        require(stage.Compensation != CompensationMethod.OptimalBrainSurgeon || (isOneShot && !moves), "the compensation optimal-brain-surgeon stands in for training, so its schedule is one-shot, without regrowth");
    }

    static bool NeedsGradients(this CriterionTraits traits) => traits.Needs is CriterionNeeds.Labels or CriterionNeeds.Training;
}
