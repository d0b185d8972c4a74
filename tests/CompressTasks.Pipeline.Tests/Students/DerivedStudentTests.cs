using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Training;

namespace CompressTasks.Pipeline.Tests.Students;

/// <summary>Students that are derived to fit budgets, tried and taught.</summary>
[Collection(TaughtModelCollection.Name)]
public sealed class DerivedStudentTests(TaughtModel taught)
{
    const string Stages = """
        { "stage": "student", "weights": "both", "proposals": 2, "trialEpochs": 1, "samples": 64 },
        { "stage": "distill", "extraRounds": 0, "training": { "epochs": 2, "batchSize": 64, "learningRate": 0.02 } }
        """;

    static readonly Budget Tenth = Budget.Parse(BudgetKind.MaxMacs, "10%");

    [Fact]
    public void The_best_of_the_proposals_keeps_every_budget_and_is_taught()
    {
        var request = Derived(Stages, Tenth, Budget.Parse(BudgetKind.MaxSize, "40%"), Budget.Parse(BudgetKind.MaxParameters, "25%"));
        var progress = new RecordedProgress();

        var report = CompressionRun.Execute(request, progress, default);

        Assert.True(report.BudgetsMet);
        var student = report.Student!;
        Assert.Equal(("auto", 4), (student.Source, student.Candidates.Count));
        Assert.Equal([(1, StudentWeights.Inherit), (1, StudentWeights.Fresh), (2, StudentWeights.Inherit), (2, StudentWeights.Fresh)], student.Candidates.Select(candidate => (candidate.Proposal, candidate.Weights)));
        Assert.All(student.Candidates, candidate =>
        {
            Assert.True(candidate.Cost.Macs <= 0.1 * report.Before.Macs && candidate.Cost.Parameters <= 0.25 * report.Before.Parameters && candidate.Cost.Bytes <= 0.4 * report.Before.SizeBytes);
            Assert.Equal((1, Metric.Accuracy), (candidate.Trial!.Epochs, candidate.Trial.Metric));
        });
        var best = student.Candidates.MaxBy(candidate => candidate.Trial!.Value)!;
        Assert.Equal(best.Number, student.Taken);
        Assert.Contains($"candidate {best.Number}", student.Why, StringComparison.Ordinal);
        Assert.Equal((best.Cost.Macs, best.Cost.Parameters, best.Cost.Bytes), (report.After.Macs, report.After.Parameters, report.After.SizeBytes));
        Assert.Equal(["student", "distill"], report.Stages.Select(stage => stage.Stage));
        Assert.Equal(2, report.Stages[1].History!.Count);
        ModelVerification.CheckInterface(TaughtModel.WrittenFile(request), OnnxModel.Read(request.Model));
        Assert.Contains(report.Layers, layer => layer.After < layer.Before);
        Assert.Equal(4, progress.Events.Count(line => line.Message.StartsWith("trial ", StringComparison.Ordinal)));
        Assert.Contains(progress.Events, line => line.Message.StartsWith("taken: ", StringComparison.Ordinal));
        var page = File.ReadAllText(Path.Combine(request.OutputDirectory, "report.md"));
        Assert.Contains($"| **{best.Number}** | {best.Proposal} |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_bytes_come_again_also_from_a_run_that_was_stopped_while_it_tried()
    {
        var whole = Derived(Stages, Tenth);
        CompressionRun.Execute(whole, null, default);
        var request = Derived(Stages, Tenth);
        using var cancellation = new CancellationTokenSource();
        var cancels = new RecordedProgress { OnEvent = line => { if (line.Stage == "trial 3") cancellation.Cancel(); } };

        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, cancels, cancellation.Token));

        using var later = new CancellationTokenSource();
        var resumed = new RecordedProgress { OnEvent = line => { if (line is { Stage: "distill", Fraction: > 0.4 }) later.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => CompressionRun.Execute(request, resumed, later.Token));
        var again = new RecordedProgress();
        var report = CompressionRun.Execute(request, again, default);
        Assert.DoesNotContain("trial 4", again.Stages);
        Assert.Equal(4, report.Student!.Candidates.Count);
        Assert.DoesNotContain("trial 1", resumed.Stages);
        Assert.DoesNotContain("trial 2", resumed.Stages);
        Assert.Contains("trial 4", resumed.Stages);
        Assert.DoesNotContain(resumed.Events, line => line.Message.StartsWith("in reach", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(TaughtModel.WrittenFile(whole)), File.ReadAllBytes(TaughtModel.WrittenFile(request)));
    }

    [Fact]
    public void Without_a_recipe_the_student_is_distilled_and_without_validation_data_held_back_samples_judge_it()
    {
        var request = Derived(Stages, Tenth) with { Recipe = null, ValidationData = null, TimeLimit = TimeSpan.FromMilliseconds(1) };

        var report = CompressionRun.Execute(request, null, default);

        Assert.Equal(["student", "distill"], report.Stages.Select(stage => stage.Stage));
        Assert.Equal(4, report.Student!.Candidates.Count);
        Assert.All(report.Student.Candidates, candidate => Assert.Equal(1, candidate.Trial!.Epochs)); // the time limit ends each after an epoch
        Assert.Contains("held-back training data", report.Student.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_labels_students_are_judged_by_how_they_answer_as_the_teacher_does()
    {
        LearnedModel.WriteBars(taught.At("unlabelled.npz"), samples: 128, seed: 4, labelled: false);
        var request = Derived(Stages.Replace("\"both\"", "\"inherit\"", StringComparison.Ordinal), Tenth) with { TrainingData = taught.At("unlabelled.npz"), ValidationData = null };

        var candidates = CompressionRun.Execute(request, null, default).Student!;

        Assert.All(candidates.Candidates, candidate => Assert.Equal(Metric.DistillationLoss, candidate.Trial!.Metric));
        Assert.Equal(candidates.Candidates.MinBy(candidate => candidate.Trial!.Value)!.Number, candidates.Taken);
    }

    [Fact]
    public void A_single_proposal_is_not_tried_and_a_recipe_that_names_no_student_gets_one()
    {
        var one = Derived("""{ "stage": "student", "proposals": 1 }, { "stage": "train", "extraRounds": 0, "training": { "epochs": 1 } }""", Tenth);
        var none = Derived("""{ "stage": "train", "extraRounds": 0, "training": { "epochs": 1 } }""", Tenth) with { TimeLimit = TimeSpan.FromMilliseconds(1) };

        Assert.Null(Assert.Single(CompressionRun.Execute(one, null, default).Student!.Candidates).Trial);
        Assert.Equal(["student", "train"], CompressionRun.Execute(none, null, default).Stages.Select(stage => stage.Stage));
    }

    [Fact]
    public void A_later_prune_stage_goes_on_from_the_student()
    {
        var request = Derived("""{ "stage": "student", "proposals": 1 }, { "stage": "prune", "sparsity": 0.5 }""", Budget.Parse(BudgetKind.MaxMacs, "40%"));

        var report = CompressionRun.Execute(request, null, default);

        Assert.True(report.After.Macs <= report.Student!.Candidates[0].Cost.Macs / 2);
        Assert.Equal(8, report.Layers.Single(layer => layer.Name == "conv1").Before);
    }

    [Fact]
    public void Weights_of_a_student_may_be_set_to_zero_beside_a_budget_for_its_cost()
    {
        var request = Derived("""{ "stage": "student", "proposals": 1 }, { "stage": "prune", "granularity": "weight", "sparsity": 0.5 }""", Tenth);

        Assert.True(CompressionRun.Execute(request, null, default).BudgetsMet);
    }

    [Fact]
    public void A_budget_below_the_smallest_student_is_missed_without_any_training()
    {
        var request = Derived(Stages, Budget.Parse(BudgetKind.MaxMacs, "10"));
        var progress = new RecordedProgress();

        var exception = Assert.Throws<BudgetException>(() => CompressionRun.Execute(request, progress, default));

        Assert.True(exception.IsOutOfReach);
        Assert.DoesNotContain("trial 1", progress.Stages);
        Assert.DoesNotContain("distill", progress.Stages);
        var nearest = CompressionReport.FromJson(File.ReadAllText(Path.Combine(request.OutputDirectory, CompressionRun.NearestFolder, CompressionRun.ReportJson)));
        Assert.Equal(nearest.Lowest!.Value.Macs, nearest.After.Macs);
        Assert.Contains("the smallest student", nearest.Student!.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_latency_budget_is_measured_on_every_proposal()
    {
        // 1000 % is kept by the original itself, whatever else the machine does.
        var report = CompressionRun.Execute(Derived("""{ "stage": "student", "proposals": 1 }""", Budget.Parse(BudgetKind.MaxLatency, "1000%")), null, default);

        Assert.True(report.Student!.Candidates[0].Latency > 0);
        Assert.True(report.LowestLatency > 0);
    }

    [Theory]
    [InlineData("CMP0112", "no data")]
    [InlineData("CMP0112", "no cost budget")]
    [InlineData("CMP0112", "no student")]
    [InlineData("CMP0115", "given weights")]
    public void What_a_derived_student_needs_is_said_before_any_work(string code, string case_)
    {
        var request = case_ switch
        {
            "no data" => Derived(Stages, Tenth) with { TrainingData = null },
            "no cost budget" => Derived(Stages, Budget.Parse(BudgetKind.MaxAccuracyDrop, "1%")),
            "no student" => Derived(Stages, Tenth) with { Student = null },
            _ => Derived("""{ "stage": "student", "weights": "given" }""", Tenth),
        };

        var exception = Assert.Throws<RecipeException>(() => CompressionRun.Execute(request, null, default));

        Assert.Equal(code, exception.Code);
        Assert.NotNull(exception.Hint);
        Assert.False(Directory.Exists(request.CacheDirectory));
    }

    CompressionRequest Derived(string stages, params Budget[] budgets) => taught.Request(stages, budgets) with { Student = CompressionRequest.DerivedStudent };
}
