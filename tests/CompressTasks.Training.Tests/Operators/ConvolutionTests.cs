namespace CompressTasks.Training.Tests.Operators;

public class ConvolutionTests
{
    [Theory]
    [InlineData(new long[] { 3, 3 }, new long[] { 1, 1 }, new long[] { 1, 1 }, new long[] { 1, 1, 1, 1 }, 1, true)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, new long[] { 1, 1 }, new long[] { 0, 1, 2, 3 }, 1, true)]
    [InlineData(new long[] { 5, 3 }, new long[] { 2, 1 }, new long[] { 1, 2 }, new long[] { 2, 2, 2, 2 }, 2, false)]
    [InlineData(new long[] { 3, 3 }, new long[] { 1, 1 }, new long[] { 2, 2 }, new long[] { 2, 2, 2, 2 }, 4, true)]
    [InlineData(new long[] { 1, 1 }, new long[] { 1, 1 }, new long[] { 1, 1 }, null, 1, false)]
    public void Conv_over_two_axes(long[] kernel, long[] strides, long[] dilations, long[]? pads, long groups, bool bias)
    {
        var single = new OperatorCase("Conv").Input([2, 4, 9, 11]).Weight([8, 4 / groups, .. kernel]);
        if (bias) single.Weight([8]);
        single.With("kernel_shape", kernel).With("strides", strides).With("dilations", dilations).With("pads", pads).With("group", groups).Agrees();
    }

    [Theory]
    [InlineData("SAME_UPPER", 1)]
    [InlineData("SAME_UPPER", 2)]
    [InlineData("SAME_LOWER", 2)]
    [InlineData("SAME_LOWER", 3)]
    [InlineData("VALID", 2)]
    public void Conv_pads_automatically(string autoPad, long stride) =>
        new OperatorCase("Conv").Input([1, 2, 10, 7]).Weight([3, 2, 4, 3]).Weight([3])
            .With("kernel_shape", [4, 3]).With("strides", [stride, stride]).With("auto_pad", autoPad).Agrees();

    [Fact]
    public void Conv_without_attributes_over_one_and_three_axes()
    {
        new OperatorCase("Conv").Input([2, 3, 12]).Weight([4, 3, 5]).Weight([4]).Agrees();
        new OperatorCase("Conv").Input([2, 3, 12]).Weight([6, 1, 3]).With("pads", [2, 0]).With("group", 3).With("dilations", [2]).With("strides", [2]).Agrees();
        new OperatorCase("Conv").Input([1, 2, 5, 6, 7]).Weight([3, 2, 3, 2, 3]).Weight([3]).With("pads", [1, 0, 1, 1, 0, 1]).With("strides", [1, 2, 2]).Agrees();
    }

    [Theory]
    [InlineData(new long[] { 2, 2 }, new long[] { 0, 0, 0, 0 }, null, null, 1, true)]
    [InlineData(new long[] { 2, 2 }, new long[] { 1, 1, 1, 1 }, new long[] { 1, 1 }, null, 1, true)]
    [InlineData(new long[] { 3, 2 }, new long[] { 0, 1, 1, 0 }, new long[] { 1, 0 }, null, 2, true)]
    [InlineData(new long[] { 2, 2 }, null, null, new long[] { 10, 11 }, 1, true)]
    [InlineData(new long[] { 3, 3 }, null, null, new long[] { 14, 15 }, 1, false)]
    public void ConvTranspose(long[] strides, long[]? pads, long[]? outputPadding, long[]? outputShape, long groups, bool bias)
    {
        var single = new OperatorCase("ConvTranspose").Input([2, 4, 5, 5]).Weight([4, 6 / groups, 3, 3]);
        if (bias) single.Weight([6]);
        single.With("kernel_shape", [3, 3]).With("strides", strides).With("pads", pads).With("output_padding", outputPadding)
            .With("output_shape", outputShape).With("group", groups).Agrees();
    }

    [Fact]
    public void ConvTranspose_dilated_padded_automatically_and_over_other_ranks()
    {
        new OperatorCase("ConvTranspose").Input([1, 2, 5, 4]).Weight([2, 3, 3, 3]).With("dilations", [2, 2]).With("strides", [2, 1]).With("pads", [1, 2, 1, 2]).Agrees();
        new OperatorCase("ConvTranspose").Input([1, 2, 5, 4]).Weight([2, 3, 3, 3]).Weight([3]).With("strides", [2, 2]).With("auto_pad", "SAME_UPPER").Agrees();
        new OperatorCase("ConvTranspose").Input([1, 2, 5, 4]).Weight([2, 3, 3, 3]).With("strides", [2, 2]).With("auto_pad", "SAME_LOWER").Agrees();
        new OperatorCase("ConvTranspose").Input([2, 3, 6]).Weight([3, 2, 4]).Weight([2]).With("strides", [2]).With("pads", [1, 1]).Agrees();
        new OperatorCase("ConvTranspose").Input([1, 2, 3, 4, 3]).Weight([2, 2, 2, 3, 2]).With("strides", [2, 2, 1]).Agrees();
    }
}
