using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Pruning;
using CompressTasks.Pruning.Compensation;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Planning;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Stages;

[Collection(LearnedModelCollection.Name)]
public class CompensationTests(LearnedModel learned)
{
    static readonly Dictionary<string, long[]> Shapes = new() { ["image"] = [1, 1, 8, 8] };

    [Fact]
    public void Layers_that_were_fitted_anew_are_named_and_cost_no_more()
    {
        var (fitted, folded) = (Prune(CompensationMethod.LeastSquares), Prune(CompensationMethod.Mean));
        Assert.Equal(folded.After, fitted.After);
        Assert.Equal(folded.Model.SizeInBytes, fitted.Model.SizeInBytes);
        Assert.Contains("least squares", fitted.Layers.Select(layer => layer.Compensation));
        Assert.All(folded.Layers, layer => Assert.Null(layer.Compensation));
        Assert.NotEqual(Bytes(folded), Bytes(fitted));
        Assert.NotEqual(Bytes(folded), Bytes(Prune(CompensationMethod.None)));
    }

    [Fact]
    public void Least_squares_without_data_is_an_error_with_its_code()
    {
        var exception = Assert.Throws<PruningException>(() => Prune(CompensationMethod.LeastSquares, withData: false));
        Assert.Equal(PruningException.CriterionNeedsData, exception.Code);
    }

    [Theory]
    [InlineData(Criterion.WeightCorrelation, false)]
    [InlineData(Criterion.ActivationMean, true)]
    [InlineData(Criterion.ActivationVariance, true)]
    [InlineData(Criterion.ZeroFraction, true)]
    [InlineData(Criterion.OutputCorrelation, true)]
    [InlineData(Criterion.OptimalBrainDamage, true)]
    public void Every_criterion_cuts_to_the_budget_and_says_where_it_needs_data(Criterion criterion, bool needsData)
    {
        Assert.InRange(Prune(CompensationMethod.Mean, criterion).After.Macs, 1, Macs() * 6 / 10);
        if (needsData)
        {
            var exception = Assert.Throws<PruningException>(() => Prune(CompensationMethod.Mean, criterion, withData: false));
            Assert.Equal(PruningException.CriterionNeedsData, exception.Code);
        }
        else
        {
            Assert.InRange(Prune(CompensationMethod.Mean, criterion, withData: false).After.Macs, 1, Macs() * 6 / 10);
        }
    }

    PruneOutcome Prune(CompensationMethod compensation, Criterion criterion = Criterion.L2, bool withData = true)
    {
        using var data = withData ? DataSets.Open(learned.TrainingData) : null;
        var stage = new PruneStage { Criterion = criterion, Compensation = compensation, Samples = 128 };
        var setting = new PruneSetting { Shapes = Shapes, Limits = new CostLimits(Macs: Macs() * 6 / 10), Data = data, MeasurementFolder = learned.At("measurements") };
        return new PruneStageRunner(stage, setting).Run(Model(), CancellationToken.None);
    }

    OnnxModel Model()
    {
        var model = OnnxModel.Read(learned.Model);
        Simplification.Apply(model);
        return model;
    }

    long Macs() => CostModel.Count(Model(), ShapeInference.Infer(Model(), Shapes)).Macs;

    static string Bytes(PruneOutcome outcome) => Convert.ToHexString(outcome.Model.Graph.Initializer.SelectMany(tensor => tensor.Bytes().ToArray()).ToArray());
}
