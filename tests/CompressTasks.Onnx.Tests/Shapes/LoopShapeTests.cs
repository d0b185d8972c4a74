namespace CompressTasks.Onnx.Tests;

/// <summary>What is known of loops whose shapes change, and of how often they run.</summary>
public class LoopShapeTests
{
    [Fact]
    public void What_a_loop_changes_is_unknown_and_the_rest_is_known()
    {
        var b = new ModelBuilder();
        var outputs = b.Nodes("Loop", [FusedOperatorCases.Count(b, 3), "", b.Input("x", "N", 3)], 2, new { body = FusedOperatorCases.Body(grows: true) });

        Assert.False(b.Shape(outputs[0])![0].IsKnown);
        Assert.NotEqual("N", b.Shape(outputs[0])![0]);
        Assert.Equal(3, b.Shape(outputs[0])![1]);
        Assert.Equal((Dimension)3, b.Shape(outputs[1])![0]);
        Assert.Equal((Dimension)3, b.Shape(outputs[1])![1]);
    }

    [Fact]
    public void A_loop_that_may_stop_early_runs_an_unknown_number_of_times()
    {
        var b = new ModelBuilder();
        var going = b.TypedInput("going", Schema.TensorProto.Types.DataType.Bool);
        var outputs = b.Nodes("Loop", [FusedOperatorCases.Count(b, 3), going, b.Input("x", "N", 3)], 2, new { body = FusedOperatorCases.Body(grows: false) });

        Assert.Equal(["N", 3], b.Shape(outputs[0])!);
        Assert.False(b.Shape(outputs[1])![0].IsKnown);
        Assert.Equal([3, "N"], b.Shape(outputs[1])!.Skip(1));
    }

    [Fact]
    public void Loops_in_loops_take_no_exponential_time()
    {
        var body = FusedOperatorCases.Body(grows: true);
        for (var depth = 0; depth < 25; depth++)
        {
            var outer = FusedOperatorCases.Body(grows: true);
            var inner = new Schema.NodeProto { OpType = "Loop", Name = $"loop{depth}", Input = { "", "", "next" }, Output = { $"inner{depth}" } };
            inner.Set("body", body);
            outer.Node.Add(inner);
            body = outer;
        }

        var b = new ModelBuilder();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        b.Nodes("Loop", [FusedOperatorCases.Count(b, 3), "", b.Input("x", "N", 3)], 2, new { body });
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }
}
