using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using CompressTasks.Pipeline.Tests.Runs;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Granularities;

namespace CompressTasks.Pipeline.Tests.Sweeps;

public sealed class SweepRunTests(LearnedModel learned) : IClassFixture<LearnedModel>
{
    [Fact]
    public void Every_point_is_measured_before_and_after_recovery_and_written_as_tables_and_chart()
    {
        var request = Request("whole") with { Criteria = [Criterion.L2, Criterion.Random] };
        var report = SweepRun.Execute(request, null, default);
        Assert.Equal(
            [("l2", 0.0), ("l2", 0.5), ("l2", 0.75), ("random", 0.0), ("random", 0.5), ("random", 0.75)],
            report.Points.Select(point => (point.Criterion, point.Asked)));
        Assert.All(report.Points, point => Assert.InRange(point.Achieved, point.Asked, point.Asked + 0.12));
        Assert.All(report.Points, point => Assert.NotNull(point.AfterRecovery));
        Assert.Equal(report.Original.Value, report.Points[0].BeforeRecovery.Value);
        Assert.True(report.Points[2].Macs < report.Points[1].Macs);
        string Text(string name) => File.ReadAllText(Path.Combine(request.OutputDirectory, name));
        Assert.Equal(report.Points.Count, JsonDocument.Parse(Text(SweepRun.Json)).RootElement.GetProperty("points").GetArrayLength());
        var lines = Text(SweepRun.Csv).TrimEnd().Split('\n');
        Assert.Equal(report.Points.Count + 1, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Count(letter => letter == ','), line.Count(letter => letter == ',')));
        Assert.Contains("| 75 % |", Text(SweepRun.Markdown), StringComparison.Ordinal);
        var chart = XDocument.Parse(Text(SweepRun.Chart));
        Assert.True(chart.Descendants().Count(element => element.Name.LocalName == "polyline") >= 5);
    }

    [Fact]
    public void Weights_are_masked_where_the_granularity_says_so()
    {
        var stage = Request("").Stage with { Granularity = new PruningGrain(Granularity.Weight) };
        var report = SweepRun.Execute(Request("weights") with { Stage = stage, Criteria = [Criterion.L1], Recovery = null }, null, default);
        Assert.All(report.Points, point => Assert.Null(point.AfterRecovery));
        Assert.Single(report.Points.Select(point => point.Macs).Distinct());
        Assert.InRange(report.Points[2].Achieved, 0.6, 0.76);
    }

    [Fact]
    public void A_stopped_sweep_goes_on_and_ends_the_same()
    {
        var expected = SweepRun.Execute(Request("expected"), null, default);
        var request = Request("stopped");
        using var cancellation = new CancellationTokenSource();
        var stop = new Progress(text =>
        {
            if (text.Contains("75 %", StringComparison.Ordinal)) cancellation.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => SweepRun.Execute(request, stop, cancellation.Token));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(request.OutputDirectory, "points")).Length);
        var trained = new List<string>();
        var report = SweepRun.Execute(request, new Progress(trained.Add), default);
        Assert.Equal(expected.Points, report.Points);
        Assert.Single(trained, text => text.StartsWith("epoch 1", StringComparison.Ordinal) && text.Contains("validation", StringComparison.Ordinal));
    }

    [Fact]
    public void Recovery_without_data_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => SweepRun.Execute(Request("refused") with { TrainingData = null }, null, default));
        Assert.Equal("CMP0112", error.Code);
    }

    SweepRequest Request(string name) => new()
    {
        Model = learned.Model,
        OutputDirectory = learned.At(string.Create(CultureInfo.InvariantCulture, $"sweep-{name}")),
        CacheDirectory = learned.At($"sweep-cache-{name}"),
        TrainingData = learned.TrainingData,
        ValidationData = learned.ValidationData,
        Sparsities = [0, 0.5, 0.75],
        Criteria = [Criterion.L2],
        Stage = new PruneStage { Samples = 64 },
        Recovery = new DistillStage { Training = new() { Epochs = 1, BatchSize = 64, LearningRate = 0.02 }, ExtraRounds = 0 },
        Threads = 1,
    };

    sealed class Progress(Action<string> heard) : IProgress<ProgressEvent>
    {
        public void Report(ProgressEvent value) => heard(value.Message);
    }
}
