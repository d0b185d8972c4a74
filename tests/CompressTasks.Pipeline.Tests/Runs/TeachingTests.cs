using CompressTasks.Onnx;

namespace CompressTasks.Pipeline.Tests.Runs;

[Collection(LearnedModelCollection.Name)]
public sealed class TeachingTests(LearnedModel learned)
{
    [Fact]
    public void A_teacher_runs_once_over_the_data_for_all_stages_and_later_runs()
    {
        var request = learned.Request(Budget.Parse(BudgetKind.MaxMacs, "50%"));
        CompressionRun.Execute(request, null, CancellationToken.None);
        var answers = Assert.Single(Directory.GetFiles(Path.Combine(request.CacheDirectory, "answers")));
        var (written, first) = (File.GetLastWriteTimeUtc(answers), File.ReadAllBytes(Path.Combine(request.OutputDirectory, "bars.onnx")));

        CompressionRun.Execute(learned.Request(Budget.Parse(BudgetKind.MaxMacs, "45%")) with { CacheDirectory = request.CacheDirectory }, null, CancellationToken.None);

        Assert.Equal(written, File.GetLastWriteTimeUtc(answers));
        Assert.Single(Directory.GetFiles(Path.Combine(request.CacheDirectory, "answers")));
        var elsewhere = learned.Request(Budget.Parse(BudgetKind.MaxMacs, "50%"));
        CompressionRun.Execute(elsewhere, null, CancellationToken.None);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(elsewhere.OutputDirectory, "bars.onnx")));
    }

    [Fact]
    public void Several_teachers_and_features_are_asked_for_by_request_and_recipe()
    {
        var recipe = learned.At("teaching.json");
        File.WriteAllText(recipe, """
            { "baseline": false, "stages": [ { "stage": "distill", "extraRounds": 0, "training": { "epochs": 1, "learningRate": 0.01 },
              "distillation": { "method": "decoupled", "teachers": "one-per-batch", "alphaEnd": 0.5, "features": [ { "kind": "attention" }, { "weight": 0.5 } ] } } ] }
            """);
        var second = learned.At("second.onnx");
        var other = OnnxModel.Read(learned.Model);
        FreshWeights.Apply(other, 3);
        other.Write(second);

        var report = CompressionRun.Execute(
            learned.Request(Budget.Parse(BudgetKind.MaxMacs, "100%")) with { Recipe = recipe, Teachers = [CompressionRequest.OriginalTeacher, second] }, null, CancellationToken.None);

        Assert.True(report.BudgetsMet);
    }
}
