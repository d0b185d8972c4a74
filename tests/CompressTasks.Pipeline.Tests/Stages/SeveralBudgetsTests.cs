using CompressTasks.Onnx;
using CompressTasks.Pipeline.Tests.Runs;

namespace CompressTasks.Pipeline.Tests.Stages;

/// <summary>Several budgets at once, latency among them.</summary>
[Collection(LearnedModelCollection.Name)]
public sealed class SeveralBudgetsTests(LearnedModel learned)
{
    public static TheoryData<string> Models => ["resnet", "lenet", "mobile"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Size_latency_and_FLOPs_are_kept_together(string name)
    {
        var model = learned.At($"{name}.onnx");
        (name switch
        {
            "resnet" => Networks.CifarResNet(8, width: 32, size: 16),
            "lenet" => Networks.LeNet5(),
            _ => Networks.MobileNetV2(size: 32, classes: 10),
        }).Write(model);
        var request = learned.RequestWithoutData(
            Budget.Parse(BudgetKind.MaxSize, "30%"), Budget.Parse(BudgetKind.MaxLatency, "80%"), Budget.Parse(BudgetKind.MaxFlops, "40%")) with
        { Model = model };
        var progress = new RecordedProgress();

        var report = CompressionRun.Execute(request, progress, default);

        Assert.All(report.Budgets, budget => Assert.True(budget.Met, budget.Kind));
        Assert.True(report.Ratios.Size <= 0.3 && report.Ratios.Latency <= 0.8 && report.Ratios.Macs <= 0.4);
        Assert.True(report.LowestLatency < 0.8);
        var first = progress.Events.First(progress => progress.Stage == "prune").Message;
        Assert.Contains("in reach: MACs ", first, StringComparison.Ordinal);
        Assert.Contains("of the original's", first, StringComparison.Ordinal);
    }

    [Fact]
    public void A_latency_budget_is_kept_by_prune_too()
    {
        var model = learned.At("wide.onnx");
        Networks.CifarResNet(8, width: 32, size: 16).Write(model);
        var request = new PruningRequest
        {
            Model = model,
            Output = learned.At("fast.onnx"),
            Budgets = [Budget.Parse(BudgetKind.MaxLatency, "75%")],
            Stage = new PruneStage { RoundTo = 16 },
            CacheDirectory = learned.At("cache"),
        };

        var report = PruningRun.Execute(request, null, default);

        Assert.InRange(report.Ratios.Latency, 0, 0.75);
        Assert.All(report.Layers.Where(layer => layer.Operator == "Conv"), layer => Assert.True(layer.After % 16 == 0));
    }
}
