using CompressTasks.Onnx;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Profiling.Tests;

public sealed class ModelProfilerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("compress-profile").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Counts_are_those_of_the_formula_and_layers_carry_cost_and_time()
    {
        var profile = ModelProfiler.Measure(Written("model.onnx", SmallModels.Dense(256, layers: 2)), Quick);

        // Two products of a 1 x 256 row with a 256 x 256 matrix.
        Assert.Equal((2 * 65536, 2 * 65536, 4 * 65536, 0), (profile.Parameters, profile.Macs, profile.Flops, profile.Buffers));
        Assert.Equal([1L, 256], profile.Inputs["x"]);
        Assert.Equal(["dense0", "relu0", "dense1", "relu1"], profile.Layers.Select(layer => layer.Name));
        Assert.All(profile.Layers.Where(layer => layer.Operator == "MatMul"), layer => Assert.Equal((65536, 65536), (layer.Parameters, layer.Macs)));
        Assert.True(profile.Layers[0].LatencyMs > 0);
        Assert.True(profile.PeakMemoryBytes > 0);
    }

    [Fact]
    public void What_is_not_asked_for_is_null()
    {
        var profile = ModelProfiler.Measure(Written("model.onnx", SmallModels.Dense(16)), Quick with { Memory = false, NodeTimes = false });

        Assert.Null(profile.PeakMemoryBytes);
        Assert.Equal("dense0", Assert.Single(profile.Layers).Name);
        Assert.Null(profile.Layers[0].LatencyMs);
    }

    [Fact]
    public void Models_with_different_inputs_can_be_compared()
    {
        var other = SmallModels.Dense(64);
        other.Graph.Input[0].Name = other.Graph.Node[0].Input[0] = "other";

        var comparison = ModelProfiler.Compare(Written("a.onnx", SmallModels.Dense(256, layers: 4)), Written("b.onnx", other), Quick with { Memory = false, NodeTimes = false });

        Assert.InRange(comparison.LatencyRatio, 0.001, 0.8);
        Assert.Equal(4096, comparison.Candidate.Macs);
        Assert.Equal(comparison.Original.Latency.Runs, comparison.Candidate.Latency.Runs);
    }

    [Fact]
    public void A_graph_that_breaks_the_specification_is_refused_before_anything_is_measured()
    {
        var model = SmallModels.Identity(DataType.Float, 1);
        model.Graph.Node[0].Input[0] = "nowhere";

        Assert.Equal(ModelException.InvalidGraph, Assert.Throws<ModelException>(() => ModelProfiler.Measure(Written("model.onnx", model), Quick)).Code);
    }

    static ProfileOptions Quick => new() { Latency = new LatencyOptions { Runs = 20 } };

    string Written(string name, OnnxModel model)
    {
        var path = Path.Combine(folder, name);
        model.Write(path);
        return path;
    }
}
