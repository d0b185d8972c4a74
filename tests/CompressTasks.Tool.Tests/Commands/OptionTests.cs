using System.CommandLine;
using CompressTasks.Pipeline;
using CompressTasks.Pruning.Criteria;
using CompressTasks.Pruning.Distributions;
using CompressTasks.Pruning.Granularities;
using CompressTasks.Pruning.Planning;
using CompressTasks.Pruning.Schedules;
using CompressTasks.Tool.CommandLine;
using CompressTasks.Tool.Commands;

namespace CompressTasks.Tool.Tests.Commands;

public sealed class OptionTests
{
    [Fact]
    public void Prune_reads_every_option()
    {
        var options = new PruneOptions();

        var read = options.Read(Parse(options.AddTo, "m.onnx -o out.onnx --max-macs 50% --max-size 1MB --criterion random --distribution uniform --schedule exponential --steps 4 --round-to 8 --granularity head --sparsity 0.25 --most-per-group 0.5 --least-per-group 0.1 --seed 7 --shape x=1x3x8x8"));

        Assert.Equal(("m.onnx", "out.onnx"), (read.Model, read.Output));
        Assert.Equal([(BudgetKind.MaxMacs, 0.5), (BudgetKind.MaxSize, 1e6)], read.Budgets.Select(budget => (budget.Kind, budget.Amount)));
        Assert.Equal((Criterion.Random, Distribution.Uniform, PruningSchedule.Exponential), (read.Stage.Criterion, read.Stage.Distribution, read.Stage.Schedule));
        Assert.Equal((4, 8, 7), (read.Stage.Steps, read.Stage.RoundTo, read.Seed));
        Assert.Equal((Granularity.Head, 0.25, 0.5, 0.1), (read.Stage.Granularity.Granularity, read.Stage.Sparsity, read.Stage.MostPerGroup, read.Stage.LeastPerGroup));
        Assert.Equal([1L, 3, 8, 8], read.Shapes!["x"]);
    }

    [Fact]
    public void Prune_reads_what_importance_is_weighed_against_and_divided_by()
    {
        var options = new PruneOptions();

        var stage = options.Read(Parse(options.AddTo, "m.onnx -o out.onnx --max-latency 50% --round-to 0 --distribution budget --cost-unit milliseconds --group-normalization max")).Stage;

        Assert.Equal((0, CostUnit.Milliseconds, GroupNormalization.Max), (stage.RoundTo, stage.CostUnit, stage.GroupNormalization));
    }

    [Theory]
    [InlineData("CMP0101", "m.onnx -o out.onnx")]
    [InlineData("CMP0101", "m.onnx -o out.onnx --max-macs 50% --criterion taylor")]
    [InlineData("CMP0201", "m.onnx -o out.onnx --max-macs 12parsecs")]
    [InlineData("CMP0202", "m.onnx -o out.onnx --max-macs 0")]
    public void Prune_refuses_what_cannot_be_done(string code, string line)
    {
        var options = new PruneOptions();

        Assert.Equal(code, Assert.ThrowsAny<CompressException>(() => options.Read(Parse(options.AddTo, line))).Code);
    }

    [Fact]
    public void Run_makes_a_request_with_absolute_paths()
    {
        var options = new RunOptions();

        var request = options.Read(Parse(options.AddTo, "m.onnx --train t.npz --validate v.npz --test x.npz --max-flops 40% --max-latency 60% --max-accuracy-drop 1% --teacher big.onnx --teacher original --batch 4 --time-limit 00:10:00 -o out"));

        Assert.Equal(Path.GetFullPath("m.onnx"), request.Model);
        Assert.Equal([Path.GetFullPath("big.onnx"), "original"], request.Teachers);
        Assert.Equal(Path.GetFullPath("out"), request.OutputDirectory);
        Assert.Equal(("t.npz", "v.npz", "x.npz"), (request.TrainingData, request.ValidationData, request.TestData));
        Assert.Equal([BudgetKind.MaxLatency, BudgetKind.MaxFlops, BudgetKind.MaxAccuracyDrop], request.Budgets.Select(budget => budget.Kind));
        Assert.Equal((4, TimeSpan.FromMinutes(10), 1), (request.Batch, request.TimeLimit, request.Seed));
    }

    [Fact]
    public void Run_takes_a_student_from_a_file_or_derives_one_to_fit_budgets()
    {
        var options = new RunOptions();
        CompressionRequest Read(string line) => options.Read(Parse(options.AddTo, line));

        Assert.Equal("auto", Read("m.onnx --max-macs 10% --student auto -o out").Student);
        Assert.Equal(Path.GetFullPath("small.onnx"), Read("m.onnx --student small.onnx -o out").Student);
        Assert.Null(Read("m.onnx --max-macs 10% -o out").Student);
        Assert.Equal("CMP0101", Assert.ThrowsAny<CompressException>(() => Read("m.onnx --student auto -o out")).Code);
        Assert.Equal("CMP0101", Assert.ThrowsAny<CompressException>(() => Read("m.onnx -o out")).Code);
    }

    static ParseResult Parse(Action<Command> addTo, string line)
    {
        var command = new Command("command");
        addTo(command);
        var result = command.Parse(line.Split(' '));
        Assert.Empty(result.Errors);
        return result;
    }
}
