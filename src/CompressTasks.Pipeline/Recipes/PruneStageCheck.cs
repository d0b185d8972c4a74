using System.Text.Json;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Pruning.Sparsity;
using CompressTasks.Training;

namespace CompressTasks.Pipeline;

/// <summary>Which combinations of a prune stage's settings make sense.</summary>
public static class PruneStageCheck
{
    /// <param name="require">Called with each condition and what to say where it does not hold.</param>
    public static void Check(PruneStage stage, Action<bool, string> require)
    {
        require(stage.LeastPerGroup is >= 0 and < 1, "leastPerGroup has to be 0 to below 1");
        require(stage.Samples >= 1, "samples has to be 1 or more");
        require(stage.SecondDerivative == SecondDerivative.Hessian || stage.Criterion == Criterion.OptimalBrainDamage, "secondDerivative needs the criterion optimal-brain-damage");
        require(stage.KeepPerGroup?.Values.All(share => share is > 0 and <= 1) != false, "keepPerGroup's shares have to be above 0 to 1");
        require(stage.KeepPerGroup is null || stage.Granularity.Granularity == Granularity.Channel, "keepPerGroup is about widths and needs the granularity channel");
        stage.Recovery?.Validate();
        require(stage.Recovery?.Schedule != LearningRateSchedule.Plateau, "recovery's schedule cannot be plateau: training between cuts is not measured on validation data");
        require(stage.Recovery?.EarlyStoppingPatience is null, "recovery has no earlyStoppingPatience: training between cuts is not measured on validation data");
        if (stage.Granularity.IsMasked)
        {
            MaskStageCheck.Check(stage, require);
            return;
        }

        var isOneShot = stage.Schedule == PruningSchedule.OneShot;
        var traits = CriterionTraits.Of(stage.Criterion);
        var isByLayer = stage.Granularity.Granularity == Granularity.Layer;
        var criterion = NameOf(stage.Criterion);
        require(stage.Regrowth == Regrowth.None && stage.Start == StartingWeights.Trained && stage.Rewind is null, "regrowth, start and rewind are about weights that are set to zero, and need the granularity weight, N:M, kernel or block");
        require(isByLayer || traits.OnUnits, $"the criterion {criterion} judges single weights and needs the granularity weight, N:M, kernel or block");
        require(!isByLayer || traits.OnLayers, $"the criterion {criterion} does not judge blocks of layers; {NamesWhere(other => other.OnLayers)} do");
        require(stage.Sparsity is null or (> 0 and < 1), "sparsity has to be above 0 and below 1, or null for what the budgets ask for");
        require(!isByLayer || stage.Distribution == Distribution.Global, "the granularity layer has one group, so its distribution is global");
        require(stage.Distribution == Distribution.Budget || stage.CostUnit == CostUnit.Macs, "costUnit needs the distribution budget");
        require(stage.GroupNormalization is null || stage.Distribution is Distribution.Global or Distribution.Budget, "groupNormalization is for the distributions global and budget, in which units compete by their scores");
        require(stage.GroupNormalization is null || !isByLayer, "groupNormalization is not for the granularity layer, which has one group");
        require(stage.MostPerGroup is > 0 and <= 1, "mostPerGroup has to be above 0 to 1");
        require(stage.Steps is >= 1 and <= 100, "steps has to be 1 to 100");
        require(!isOneShot || stage.Steps == 1, "steps needs a schedule that is not one-shot");
        require(stage.RoundTo is >= 0 and <= 1024, "roundTo has to be 0 to 1024");
        require(!isByLayer || stage.AllowInexact is null, "allowInexact is about channels that go, and the granularity layer takes whole blocks");
        require(!isByLayer || stage.RoundTo <= 1, "roundTo is about widths, which the granularity layer leaves as they are");
        var trains = !isOneShot || stage.SparseLearning is not null || traits.Needs == CriterionNeeds.Training;
        require(trains || stage.Recovery is null, "recovery needs a schedule that is not one-shot, sparse learning, or the criterion movement");
        require(stage.SparseLearning is null || !isByLayer, "sparseLearning is about units and not for the granularity layer");
        require(stage.SparseLearning is null or { Epochs: >= 1 }, "sparseLearning's epochs have to be 1 or more");
        require(stage.SparseLearning is null or { Strength: > 0 and <= 1e6 }, "sparseLearning's strength has to be above 0");
        require(stage.Compensation != CompensationMethod.OptimalBrainSurgeon, "the compensation optimal-brain-surgeon updates weights beside those that are set to zero; least-squares does the like for channels");
        require(stage.Compensation != CompensationMethod.LeastSquares || !isByLayer, "the compensation least-squares is about channels that go, and the granularity layer takes whole blocks");
    }

    /// <summary>A value as recipes and the command line spell it.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    static string NamesWhere(Func<CriterionTraits, bool> condition) => string.Join(", ", CriterionTraits.All.Where(condition).Select(traits => NameOf(traits.Criterion)));
}
