namespace CompressTasks.Training.Tests.Operators;

public class PoolingTests
{
    [Theory]
    [InlineData(new long[] { 2, 2 }, new long[] { 2, 2 }, null, 0, 1)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 1, 1, 1, 1 }, 0, 1)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 0, 0, 1, 1 }, 0, 1)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, null, 1, 1)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 3 }, new long[] { 1, 1, 1, 1 }, 1, 1)]
    [InlineData(new long[] { 3, 2 }, new long[] { 1, 1 }, null, 0, 2)]
    [InlineData(new long[] { 2, 3 }, new long[] { 3, 2 }, new long[] { 1, 1, 1, 1 }, 1, 2)]
    public void MaxPool(long[] kernel, long[] strides, long[]? pads, long ceiling, long dilation) =>
        new OperatorCase("MaxPool").Input([2, 3, 10, 11]).With("kernel_shape", kernel).With("strides", strides).With("pads", pads)
            .With("ceil_mode", ceiling).With("dilations", [dilation, dilation]).Agrees();

    [Theory]
    [InlineData(new long[] { 2, 2 }, new long[] { 2, 2 }, null, 0, 0)]
    [InlineData(new long[] { 3, 3 }, new long[] { 1, 1 }, new long[] { 1, 1, 1, 1 }, 0, 0)]
    [InlineData(new long[] { 3, 3 }, new long[] { 1, 1 }, new long[] { 1, 1, 1, 1 }, 0, 1)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 0, 1, 1, 2 }, 0, 0)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 0, 1, 1, 2 }, 0, 1)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 1, 1, 1, 1 }, 1, 0)]
    [InlineData(new long[] { 3, 2 }, new long[] { 2, 3 }, null, 1, 0)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 1, 1, 1, 1 }, 1, 1)]
    public void AveragePool(long[] kernel, long[] strides, long[]? pads, long ceiling, long includePads) =>
        new OperatorCase("AveragePool", 19).Input([2, 3, 10, 11]).With("kernel_shape", kernel).With("strides", strides).With("pads", pads)
            .With("ceil_mode", ceiling).With("count_include_pad", includePads).Agrees();

    [Theory]
    [InlineData("MaxPool", "SAME_UPPER")]
    [InlineData("MaxPool", "SAME_LOWER")]
    [InlineData("MaxPool", "VALID")]
    [InlineData("AveragePool", "SAME_UPPER")]
    [InlineData("AveragePool", "SAME_LOWER")]
    public void Pools_pad_automatically(string name, string autoPad) =>
        new OperatorCase(name).Input([1, 2, 7, 10]).With("kernel_shape", [3, 2]).With("strides", [2, 2]).With("auto_pad", autoPad).Agrees();

    [Theory]
    [InlineData("MaxPool")]
    [InlineData("AveragePool")]
    public void Pools_over_one_and_three_axes(string name)
    {
        new OperatorCase(name).Input([2, 3, 9]).With("kernel_shape", [3]).With("strides", [2]).With("pads", [1, 1]).Agrees();
        new OperatorCase(name).Input([1, 2, 5, 6, 7]).With("kernel_shape", [2, 3, 2]).With("strides", [2, 1, 2]).Agrees();
    }

    [Fact]
    public void AveragePool_dilated() =>
        new OperatorCase("AveragePool", 19).Input([1, 2, 9, 8]).With("kernel_shape", [3, 2]).With("dilations", [2, 3]).With("pads", [1, 1, 1, 1]).Agrees();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LpPool(long power)
    {
        new OperatorCase("LpPool", 18).Input([1, 2, 8, 9]).With("kernel_shape", [3, 3]).With("strides", [2, 2]).With("pads", [1, 1, 1, 1]).With("p", power).Agrees();
        new OperatorCase("GlobalLpPool").Input([2, 3, 4, 5]).With("p", power).Agrees();
    }

    [Theory]
    [InlineData("GlobalAveragePool")]
    [InlineData("GlobalMaxPool")]
    public void Global_pools(string name)
    {
        new OperatorCase(name).Input([2, 3, 4, 5]).Agrees();
        new OperatorCase(name).Input([2, 3, 7]).Agrees();
        new OperatorCase(name).Input([1, 2, 3, 4, 2]).Agrees();
    }
}
