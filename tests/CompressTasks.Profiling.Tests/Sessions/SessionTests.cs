using CompressTasks.Onnx;
using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Profiling.Tests;

public sealed class SessionTests
{
    [Fact]
    public void A_model_that_the_runtime_refuses_is_one_typed_error_with_the_runtimes_message()
    {
        var error = Assert.Throws<ProfilingException>(() => LatencyProfiler.Measure(SmallModels.UnknownOperator().Bytes()));

        Assert.Equal("CMP0303", error.Code);
        Assert.Contains("NoSuchOperator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_model_are_the_same_error() =>
        Assert.Equal("CMP0303", Assert.Throws<ProfilingException>(() => LatencyProfiler.Measure(new byte[] { 1, 2, 3 })).Code);

    [Fact]
    public void A_file_that_does_not_exist_is_CMP0001() =>
        Assert.Equal("CMP0001", Assert.Throws<ModelException>(() => LatencyProfiler.Measure("no-such-model.onnx")).Code);

    [Fact]
    public void An_unknown_provider_is_refused_by_name()
    {
        var error = Assert.Throws<ProfilingException>(() => LatencyProfiler.Measure(SmallModels.Dense(4).Bytes(), new LatencyOptions { Provider = "cuda" }));

        Assert.Equal("CMP0304", error.Code);
        Assert.Contains("'cuda'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("z", new long[] { 1, 4 }, "no input named 'z'")]
    [InlineData("x", new long[] { 1, 5 }, "Nx4")]
    [InlineData("x", new long[] { 4 }, "Nx4")]
    [InlineData("x", new long[] { -1, 4 }, "Nx4")]
    public void Shapes_that_do_not_fit_are_refused(string input, long[] shape, string says)
    {
        var options = new LatencyOptions { Shapes = new Dictionary<string, long[]> { [input] = shape } };

        var error = Assert.Throws<ProfilingException>(() => LatencyProfiler.Measure(SmallModels.Dense(4).Bytes(), options));

        Assert.Equal("CMP0308", error.Code);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DataType.Float)]
    [InlineData(DataType.Double)]
    [InlineData(DataType.Float16)]
    [InlineData(DataType.Int64)]
    [InlineData(DataType.Int32)]
    [InlineData(DataType.Uint8)]
    [InlineData(DataType.Int8)]
    [InlineData(DataType.Bool)]
    public void Inputs_of_every_numeric_type_can_be_made(DataType type) =>
        Assert.True(LatencyProfiler.Measure(SmallModels.Identity(type, 2, -1).Bytes(), new LatencyOptions { Runs = 2 }).MedianMs > 0);

    [Fact]
    public void Text_inputs_are_refused() =>
        Assert.Equal("CMP0303", Assert.Throws<ProfilingException>(() => LatencyProfiler.Measure(SmallModels.Identity(DataType.String, 1).Bytes())).Code);

    [Fact]
    public void Random_inputs_are_reproducible_and_standard_normal()
    {
        var model = ModelSource.FromModel(SmallModels.Identity(DataType.Float, 100, 100));
        using var session = RuntimeSession.Open(model, new SessionSettings());
        using var first = RandomInputs.Create(session, model, null, seed: 5);
        using var again = RandomInputs.Create(session, model, null, seed: 5);
        using var other = RandomInputs.Create(session, model, null, seed: 6);

        var values = first.Values[0].GetTensorDataAsSpan<float>().ToArray();

        Assert.Equal(values, again.Values[0].GetTensorDataAsSpan<float>().ToArray());
        Assert.NotEqual(values, other.Values[0].GetTensorDataAsSpan<float>().ToArray());
        Assert.InRange(values.Average(), -0.05, 0.05);
        Assert.InRange(values.Average(value => value * value), 0.9, 1.1);
    }
}
