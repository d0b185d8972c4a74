using DataType = CompressTasks.Onnx.Schema.TensorProto.Types.DataType;

namespace CompressTasks.Profiling.Tests;

public sealed class ModelRunnerTests
{
    [Fact]
    public void A_batch_goes_in_and_the_first_output_comes_back()
    {
        using var runner = new ModelRunner(SmallModels.Dense(2).Bytes());

        var output = runner.Run(new RuntimeTensor([1, 2, 3, 5, -4, 1], [3, 2]));

        Assert.Equal([3, 2], output.Shape);
        Assert.Equal([1.5f, 1.5f, 4, 4, 0, 0], output.Values);
        Assert.Null(runner.FixedBatch);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_fixed_batch_is_filled_piece_by_piece(int batch)
    {
        using var runner = new ModelRunner(SmallModels.Dense(2, batch: batch).Bytes());

        var output = runner.Run(new RuntimeTensor([1, 2, 3, 5, -4, 1], [3, 2]));

        Assert.Equal(batch, runner.FixedBatch);
        Assert.Equal([3, 2], output.Shape);
        Assert.Equal([1.5f, 1.5f, 4, 4, 0, 0], output.Values);
    }

    [Theory]
    [InlineData(DataType.Double)]
    [InlineData(DataType.Float16)]
    [InlineData(DataType.Int64)]
    [InlineData(DataType.Int32)]
    [InlineData(DataType.Uint8)]
    [InlineData(DataType.Int8)]
    public void Other_element_types_are_converted_both_ways(DataType type)
    {
        using var runner = new ModelRunner(SmallModels.Identity(type, -1, 2).Bytes());

        Assert.Equal([0, 1, 2, 100], runner.Run(new RuntimeTensor([0, 1, 2, 100], [2, 2])).Values);
    }

    [Fact]
    public void Booleans_become_zero_and_one()
    {
        using var runner = new ModelRunner(SmallModels.Identity(DataType.Bool, 2).Bytes());

        Assert.Equal([1, 0], runner.Run(new RuntimeTensor([1, 0], [2])).Values);
    }

    [Fact]
    public void Data_of_the_wrong_shape_is_refused()
    {
        using var runner = new ModelRunner(SmallModels.Dense(2).Bytes());

        Assert.Equal("CMP0308", Assert.Throws<ProfilingException>(() => runner.Run(new RuntimeTensor([1, 2, 3], [1, 3]))).Code);
    }
}
