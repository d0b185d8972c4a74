namespace CompressTasks.Profiling.Tests;

public sealed class NodeTimesTests
{
    [Fact]
    public void Every_node_has_an_entry_in_graph_order_and_matrix_products_take_the_time()
    {
        var model = SmallModels.Dense(512, layers: 3);

        var times = NodeTimes.Measure(model);

        Assert.Equal(["dense0", "relu0", "dense1", "relu1", "dense2", "relu2"], times.Select(time => time.Name));
        Assert.All(times.Where(time => time.Operator == "MatMul"), time => Assert.True(time.Milliseconds > 0));
        Assert.True(times.Where(time => time.Operator == "MatMul").Sum(time => time.Milliseconds) > times.Where(time => time.Operator == "Relu").Sum(time => time.Milliseconds));
    }

    [Fact]
    public void Nodes_without_a_name_or_with_the_same_one_are_told_apart()
    {
        var model = SmallModels.Dense(256, layers: 2);
        foreach (var node in model.Graph.Node) node.Name = "";

        var times = NodeTimes.Measure(model);

        Assert.True(times[0].Milliseconds > 0 && times[2].Milliseconds > 0);
        Assert.All(model.Graph.Node, node => Assert.Equal("", node.Name));
    }

    [Fact]
    public void The_trace_is_written_to_the_cache_folder_and_removed()
    {
        string[] before = Directory.GetFiles(Environment.CurrentDirectory);
        var folder = Directory.CreateTempSubdirectory("compress-trace");
        try
        {
            NodeTimes.Measure(SmallModels.Dense(16), new LatencyOptions { CacheFolder = folder.FullName });

            Assert.Empty(folder.GetDirectories());
            Assert.Equal(before.Order(), Directory.GetFiles(Environment.CurrentDirectory).Order());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_cancelled_measurement_leaves_no_trace_either()
    {
        var folder = Directory.CreateTempSubdirectory("compress-trace");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        try
        {
            Assert.ThrowsAny<OperationCanceledException>(() => NodeTimes.Measure(SmallModels.Dense(16), new LatencyOptions { CacheFolder = folder.FullName }, cancelled.Token));

            Assert.Empty(folder.GetDirectories());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
