using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Students;

/// <summary>Trials of a project that names a student.</summary>
[Collection(TaughtModelCollection.Name)]
public sealed class TunedStudentTests(TaughtModel taught)
{
    const string Rates = """{ "stage": "distill", "extraRounds": 0, "training": { "epochs": 2, "batchSize": 64, "learningRate": { "log": [0.005, 0.05], "default": 0.02 } } }""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_given_student_is_taught_by_the_best_of_several_trials(bool ownRecipe)
    {
        var file = taught.At($"student-{ownRecipe}.onnx");
        Networks.CifarResNet(8, classes: 3, channels: 1, size: 8, width: 4).Write(file);
        var request = taught.Request($$"""{ "stage": "student", "weights": { "choice": ["given", "fresh"] } }, {{Rates}}""", Budget.Parse(BudgetKind.MaxMacs, "60%")) with { Student = file, Trials = 2 };
        if (!ownRecipe) request = request with { Recipe = null, Budgets = [], TrainingData = request.TrainingData + "?take=64" };

        var report = CompressionRun.Execute(request, null, default);

        Assert.Equal(ownRecipe ? ["weights", "learningRate"] : ["learningRate", "weightDecay", "alpha", "temperature"], report.Tuning!.Trials[0].Values.Keys);
        CheckSearch(report, request, ownRecipe ? 2 : 16);
        Assert.Equal(Path.GetFileName(file), report.Student!.Source);
        ModelVerification.CheckInterface(TaughtModel.WrittenFile(request), OnnxModel.Read(request.Model));
        var again = new RecordedProgress();
        Assert.Equal(report.Tuning.BestError, CompressionRun.Execute(request, again, default).Tuning!.BestError);
        Assert.Equal(["cache"], again.Stages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_student_is_derived_and_taught_by_the_best_of_several_trials(bool ownRecipe)
    {
        var request = taught.Request($$"""{ "stage": "student", "proposals": { "choice": [2, 1] }, "trialEpochs": 2 }, {{Rates}}""", Budget.Parse(BudgetKind.MaxMacs, "25%")) with { Student = CompressionRequest.DerivedStudent, Trials = 2 };
        if (!ownRecipe) request = request with { Recipe = null, TrainingData = request.TrainingData + "?take=64" };

        var report = CompressionRun.Execute(request, null, default);

        CheckSearch(report, request, ownRecipe ? 2 : 16);
        Assert.NotEmpty(report.Student!.Candidates);
        Assert.InRange(report.Ratios.Macs, 0.1, 0.25);
    }

    static void CheckSearch(CompressionReport report, CompressionRequest request, int epochs)
    {
        var tuning = report.Tuning!;
        Assert.Equal(2, tuning.Trials.Count);
        Assert.All(tuning.Trials, trial => Assert.Equal(("complete", epochs), (trial.State, trial.Epochs)));
        Assert.NotNull(tuning.Default);
        Assert.Equal(1 - tuning.BestError!.Value, report.After.Validation!.Value, 9);
        Assert.Equal(["student", "distill"], report.Stages.Select(stage => stage.Stage));
        Assert.Equal(report.After.SizeBytes, new FileInfo(TaughtModel.WrittenFile(request)).Length);
    }
}
