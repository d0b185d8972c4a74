using System.Globalization;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Runs;

/// <summary>How long a stage trains: rounds and the time limit.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class RoundsTests(LearnedModel learned)
{
    const int ExtraRounds = 3;

    [Fact]
    public void Further_rounds_are_for_a_missed_accuracy_budget_and_end_with_the_one_that_keeps_it()
    {
        // Wrong labels keep any model from all being right, so every round is used.
        var all = Validations(MinAccuracy(0.9999), timeLimit: null);
        Assert.Equal(1 + ExtraRounds, all.Length);
        Assert.True(all[1] > all[0], "the second round has to be better for what follows to tell anything");

        Assert.Equal(all[..2], Validations(MinAccuracy(all[1]), timeLimit: null));
        Assert.Equal(all[..1], Validations(MinAccuracy(all[0]), timeLimit: null));
        Assert.Equal(all[..1], Validations(null, timeLimit: null));
    }

    [Fact]
    public void A_time_limit_holds_for_all_rounds_together_and_an_epoch_is_finished() =>
        Assert.Single(Validations(MinAccuracy(0.9999), TimeSpan.FromMilliseconds(1)));

    static Budget MinAccuracy(double share) => Budget.Parse(BudgetKind.MinAccuracy, share.ToString(CultureInfo.InvariantCulture));

    /// <summary>Validation accuracy after each epoch, of which a round has one.</summary>
    double[] Validations(Budget? accuracy, TimeSpan? timeLimit)
    {
        var (recipe, validation) = (learned.At("rounds.json"), learned.At("partly-wrong.npz"));
        LearnedModel.WriteBars(validation, samples: 300, seed: 6, wrongEvery: 10);
        File.WriteAllText(recipe, $$"""
            { "baseline": false, "stages": [
              { "stage": "prune", "criterion": "random" },
              { "stage": "train", "extraRounds": {{(accuracy is null ? 1 : ExtraRounds)}}, "training": { "epochs": 1, "batchSize": 64, "learningRate": 0.0005, "schedule": "constant" } }
            ] }
            """);
        var macs = Budget.Parse(BudgetKind.MaxMacs, "8%");
        var request = learned.Request(accuracy is null ? [macs] : [macs, accuracy]) with { Recipe = recipe, ValidationData = validation, TimeLimit = timeLimit };
        var report = Report(request);
        return [.. report.Stages.Single(stage => stage.Stage == "train").History!.Select(epoch => epoch.Validation!.Value)];
    }

    static CompressionReport Report(CompressionRequest request)
    {
        try
        {
            return CompressionRun.Execute(request, null, default);
        }
        catch (BudgetException)
        {
            return CompressionReport.FromJson(File.ReadAllText(Path.Combine(request.OutputDirectory, CompressionRun.NearestFolder, CompressionRun.ReportJson)));
        }
    }
}
