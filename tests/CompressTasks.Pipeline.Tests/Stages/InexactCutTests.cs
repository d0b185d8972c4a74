using CompressTasks.Onnx;
using CompressTasks.Pruning.Planning;

namespace CompressTasks.Pipeline.Tests.Stages;

public class InexactCutTests
{
    static readonly Dictionary<string, long[]> Shapes = new() { ["x"] = [1, 5, 10] };

    [Fact]
    public void Without_training_a_normalised_width_stays()
    {
        var normalised = Prune(new PruneStage()).Layers[0];
        Assert.Equal((8, 8), (normalised.Before, normalised.After));
        Assert.StartsWith("inexact without training: LayerNormalization", normalised.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_can_allow_it_and_the_table_says_so()
    {
        var normalised = Prune(new PruneStage { AllowInexact = true }).Layers[0];
        Assert.InRange(normalised.After, 1, 7);
        Assert.StartsWith("inexact: LayerNormalization", normalised.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_to_follow_allows_it() => Assert.InRange(Prune(new PruneStage(), isTrainedAfterwards: true).Layers[0].After, 1, 7);

    [Fact]
    public void Data_to_train_with_alone_does_not() => Assert.Equal(8, Prune(new PruneStage(), canTrain: true).Layers[0].After);

    static PruneOutcome Prune(PruneStage stage, bool canTrain = false, bool isTrainedAfterwards = false)
    {
        var b = new ModelBuilder();
        var x = b.MatMul(b.Input("x", 1, 5, 10), 8);
        x = b.Node("LayerNormalization", [x, b.RandomWeight("scale", [8], 1, 1), b.RandomWeight("bias", [8], 1, 1)]);
        var model = b.Build(b.MatMul(b.Relu(b.MatMul(x, 12)), 3));
        var macs = CostModel.Count(model, ShapeInference.Infer(model)).Macs;
        var setting = new PruneSetting
        {
            Shapes = Shapes,
            Limits = new CostLimits(Macs: macs * 6 / 10),
            MeasurementFolder = Path.GetTempPath(),
            Training = canTrain ? (name, recipe) => new TrainStageRunner(name, recipe, default) : null,
            IsTrainedAfterwards = isTrainedAfterwards,
        };
        return new PruneStageRunner(stage, setting).Run(model, CancellationToken.None);
    }
}
