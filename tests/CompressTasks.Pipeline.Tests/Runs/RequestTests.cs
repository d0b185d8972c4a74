using CompressTasks.Onnx;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>Requests that cannot be carried out end before any work is done.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class RequestTests(LearnedModel learned)
{
    static readonly Budget Half = Budget.Parse(BudgetKind.MaxMacs, "50%");

    [Fact]
    public void Models_data_and_teachers_that_do_not_fit_are_refused_by_their_code()
    {
        var request = learned.Request(Half);
        LearnedModel.WriteBars(learned.At("five.npz"), samples: 50, seed: 1, classes: 5);
        Networks.LeNet300100().Write(learned.At("lenet.onnx"));
        var ahead = new Dictionary<string, long[]> { ["images"] = [1, 1, 8, 8] };

        Assert.Equal(ModelException.NotFound, Code(request with { Model = learned.At("none.onnx") }));
        Assert.Equal(ModelException.NotFound, Code(request with { Teachers = [learned.At("none.onnx")] }));
        Assert.Equal(RecipeException.Incomplete, Code(request with { Teachers = [CompressionRequest.OriginalTeacher, learned.At("lenet.onnx")] }));
        Assert.Equal(RecipeException.Unreadable, Code(request with { Recipe = learned.At("none.json") }));
        Assert.Equal(RecipeException.Incomplete, Code(request with { TrainingData = null }));
        Assert.Equal(TrainingException.DataNotFound, Code(request with { ValidationData = learned.At("none.npz") }));
        Assert.Equal(TrainingException.DataShape, Code(request with { Model = learned.At("lenet.onnx") }));
        Assert.Equal(TrainingException.Labels, Code(request with { TrainingData = learned.At("five.npz") }));
        Assert.Equal(TrainingException.Labels, Code(request with { TestData = learned.At("five.npz") }));
        Assert.Equal(ModelException.Shape, Code(request with { Shapes = ahead }));
        Assert.Equal(BudgetException.NotMeasurable, Code(request with { ValidationData = null, Budgets = [Budget.Parse(BudgetKind.MaxAccuracyDrop, "1%")] }));
        Assert.Equal(BudgetException.Contradiction, Code(request with { Budgets = [Half, Half] }));
        Assert.False(Directory.Exists(request.OutputDirectory));
    }

    [Theory]
    [InlineData("\"training\": { \"schedule\": \"plateau\" }", RecipeException.Incomplete)]
    [InlineData("\"training\": { \"earlyStoppingPatience\": 2 }", RecipeException.Incomplete)]
    [InlineData("\"distillation\": { \"teachers\": \"weighted\", \"teacherWeights\": [1, 2] }", TrainingException.Recipe)]
    [InlineData("\"distillation\": { \"teachers\": \"one-per-batch\" }", TrainingException.Recipe)]
    [InlineData("\"extraRounds\": 2", TrainingException.Recipe)]
    public void What_a_later_stage_lacks_is_refused_before_the_first_one_runs(string wrong, string code)
    {
        var recipe = learned.At("later.json");
        File.WriteAllText(recipe, $$"""{ "baseline": false, "stages": [ { "stage": "prune" }, { "stage": "distill", {{wrong}} } ] }""");
        var progress = new RecordedProgress();

        Assert.Equal(code, Assert.ThrowsAny<CompressException>(() => CompressionRun.Execute(learned.Request(Half) with { Recipe = recipe, ValidationData = null }, progress, default)).Code);
        Assert.Empty(progress.Events);
    }

    [Theory]
    [InlineData("""{ "stages": [{ "stage": "prune", "samples": 64 }] }""", "samples")]
    [InlineData("""{ "preprocessing": { "scale": 0.1 }, "stages": [{ "stage": "prune" }] }""", "preprocessing")]
    public void What_a_recipe_says_of_data_is_refused_where_there_is_none(string text, string name)
    {
        var recipe = learned.At("of-data.json");
        File.WriteAllText(recipe, text);

        var exception = Assert.Throws<RecipeException>(() => CompressionRun.Execute(learned.RequestWithoutData(Half) with { Recipe = recipe }, null, default));

        Assert.Equal(RecipeException.Incomplete, exception.Code);
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prune", "\"schedule\": \"exponential\", \"recovery\": { \"frozen\": [\"{0}\"] }")]
    [InlineData("train", "\"training\": { \"frozen\": [\"{0}*\"] }")]
    [InlineData("distill", "\"distillation\": { \"features\": [{ \"student\": \"{0}\", \"teacher\": \"{1}\" }] }")]
    [InlineData("distill", "\"distillation\": { \"features\": [{ \"student\": \"{1}\", \"teacher\": \"{0}\" }] }")]
    public void A_name_that_the_model_has_not_is_told_before_the_first_stage_with_names_near_it(string stage, string wrong)
    {
        var recipe = learned.At("names.json");
        var known = OnnxModel.Read(learned.Model).Graph.Node.First(node => node.OpType == "Relu").Output[0];
        var text = wrong.Replace("{0}", known + "x", StringComparison.Ordinal).Replace("{1}", known, StringComparison.Ordinal);
        File.WriteAllText(recipe, $$"""{ "baseline": false, "stages": [ { "stage": "prune" }, { "stage": "{{stage}}", {{text}} } ] }""");
        var progress = new RecordedProgress();

        var exception = Assert.Throws<TrainingException>(() => CompressionRun.Execute(learned.Request(Half) with { Recipe = recipe }, progress, default));

        Assert.Equal(TrainingException.Recipe, exception.Code);
        Assert.Contains($"'{known}x", exception.Message, StringComparison.Ordinal);
        Assert.Contains(stage == "distill" ? $"'{known}'" : "Near it are '", exception.Message, StringComparison.Ordinal);
        Assert.Empty(progress.Events);
    }

    [Fact]
    public void What_does_not_go_with_the_labels_is_told_before_the_first_stage()
    {
        LearnedModel.WriteBars(learned.At("bare.npz"), samples: 64, seed: 4, labelled: false);
        var request = learned.Request(Half) with { Recipe = learned.At("labels.json") };
        string CodeOf(string stage, string data)
        {
            File.WriteAllText(request.Recipe!, $$"""{ "baseline": false, "stages": [ { "stage": "prune" }, {{stage}} ] }""");
            var progress = new RecordedProgress();
            var exception = Assert.Throws<TrainingException>(() => CompressionRun.Execute(request with { TrainingData = data }, progress, default));
            Assert.Empty(progress.Events);
            return exception.Code;
        }

        Assert.Equal(TrainingException.Recipe, CodeOf("""{ "stage": "train", "training": { "loss": "mean-squared-error" } }""", learned.TrainingData));
        Assert.Equal(TrainingException.Recipe, CodeOf("""{ "stage": "distill", "distillation": { "method": "decoupled" } }""", learned.At("bare.npz")));
        Assert.Equal(TrainingException.Labels, CodeOf("""{ "stage": "train" }""", learned.At("bare.npz")));
    }

    [Fact]
    public void Costs_are_counted_at_the_batch_that_is_asked_for()
    {
        var one = CompressionRun.Execute(learned.RequestWithoutData(Half), null, default);
        var four = CompressionRun.Execute(learned.RequestWithoutData(Half) with { Batch = 4 }, null, default);

        Assert.Equal(4, four.Before.Inputs["image"][0]);
        Assert.Equal((4 * one.Before.Macs, 4 * one.After.Macs), (four.Before.Macs, four.After.Macs));
    }

    static string Code(CompressionRequest request) => Assert.ThrowsAny<CompressException>(() => CompressionRun.Execute(request, null, default)).Code;
}
