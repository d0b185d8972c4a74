using CompressTasks.Onnx;
using CompressTasks.Pruning.Criteria;

namespace CompressTasks.Pipeline.Tests.Runs;

[Collection(LearnedModelCollection.Name)]
public sealed class PruningRunTests(LearnedModel learned)
{
    [Theory]
    [InlineData("90%")]
    [InlineData("75%")]
    [InlineData("62%")]
    [InlineData("50%")]
    [InlineData("37%")]
    [InlineData("25%")]
    public void A_size_budget_is_used_up_and_never_passed(string size)
    {
        var request = Request(Budget.Parse(BudgetKind.MaxSize, size));

        var report = PruningRun.Execute(request, null, default);

        var written = new FileInfo(request.Output).Length;
        Assert.Equal(written, (long)report.Achieved["MaxSize"]);
        Assert.InRange(written, 0.9 * report.Asked["MaxSize"], report.Asked["MaxSize"]);
    }

    [Theory]
    [InlineData("80%")]
    [InlineData("60%")]
    [InlineData("40%")]
    public void A_size_budget_holds_where_surgery_adds_what_no_plan_counts(string size)
    {
        var model = learned.At("resnet.onnx");
        Networks.CifarResNet(8, size: 16).Write(model);

        var report = PruningRun.Execute(Request(Budget.Parse(BudgetKind.MaxSize, size)) with { Model = model }, null, default);

        Assert.InRange(report.Achieved["MaxSize"], 0.97 * report.Asked["MaxSize"], report.Asked["MaxSize"]);
    }

    [Fact]
    public void Every_cost_budget_holds_for_the_written_file()
    {
        var request = Request(Budget.Parse(BudgetKind.MaxFlops, "70%"), Budget.Parse(BudgetKind.MaxMacs, "60%"), Budget.Parse(BudgetKind.MaxParameters, "1200"));

        var report = PruningRun.Execute(request, null, default);

        var model = OnnxModel.Read(request.Output);
        var cost = CostModel.Count(model, ShapeInference.Infer(model, report.After.Inputs));
        Assert.Equal((cost.Macs, cost.Parameters), (report.After.Macs, report.After.Parameters));
        Assert.True(cost.Macs <= 0.6 * report.Before.Macs);
        Assert.InRange(cost.Parameters, 1, 1200);
        Assert.Equal(2.0 * cost.Macs, report.Achieved["MaxFlops"]);
    }

    [Fact]
    public void Data_without_labels_serves_for_means_but_not_for_gradients()
    {
        var data = learned.At("means.npz");
        LearnedModel.WriteBars(data, samples: 64, seed: 4, labelled: false);
        var blind = Request(Budget.Parse(BudgetKind.MaxMacs, "50%"));
        var informed = Request(Budget.Parse(BudgetKind.MaxMacs, "50%")) with { Data = data };

        PruningRun.Execute(blind, null, default);
        PruningRun.Execute(informed, null, default);

        Assert.NotEqual(File.ReadAllBytes(blind.Output), File.ReadAllBytes(informed.Output));
        var taylor = informed with { Stage = new PruneStage { Criterion = Criterion.Taylor } };
        Assert.Equal(Pruning.PruningException.CriterionNeedsData, Assert.Throws<Pruning.PruningException>(() => PruningRun.Execute(taylor, null, default)).Code);
    }

    [Fact]
    public void A_budget_out_of_reach_says_how_near_the_deepest_cut_comes_and_writes_nothing()
    {
        var request = Request(Budget.Parse(BudgetKind.MaxMacs, "1%"));

        var exception = Assert.Throws<BudgetException>(() => PruningRun.Execute(request, null, default));

        Assert.Equal(BudgetException.NotMet, exception.Code);
        Assert.True(exception.Check!.Results.Single().MissedBy > 0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(request.Output)!));
    }

    PruningRequest Request(params Budget[] budgets) => new()
    {
        Model = learned.Model,
        Output = Path.Combine(Directory.CreateDirectory(learned.At(Guid.NewGuid().ToString("N"))).FullName, "smaller.onnx"),
        Budgets = budgets,
        Stage = new PruneStage(),
        CacheDirectory = learned.At("cache"),
    };
}
