namespace CompressTasks.Training.Tests.Operators;

public class NormalizationTests
{
    [Theory]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(15)]
    public void BatchNormalization(int opset)
    {
        new OperatorCase("BatchNormalization", opset).Input([2, 3, 4, 5]).Weight([3]).Weight([3]).Weight([3]).Weight([3], 0.5f, 2).With("epsilon", 1e-3f).Agrees();
        new OperatorCase("BatchNormalization", opset).Input([4, 6]).Weight([6]).Weight([6]).Weight([6]).Weight([6], 0.5f, 2).Agrees();
        new OperatorCase("BatchNormalization", opset).Input([2, 3, 7]).Weight([3]).Weight([3]).Weight([3]).Weight([3], 0.5f, 2).Agrees();
    }

    [Fact]
    public void InstanceNormalization() => new OperatorCase("InstanceNormalization").Input([2, 3, 4, 5]).Weight([3]).Weight([3]).With("epsilon", 1e-3f).Agrees();

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void LayerNormalization(long axis)
    {
        long[] normalised = axis == 1 ? [4, 6] : [6];
        new OperatorCase("LayerNormalization").Input([3, 4, 6]).Weight(normalised).Weight(normalised).With("axis", axis).Agrees();
        new OperatorCase("LayerNormalization").Input([3, 4, 6]).Weight(normalised).With("axis", axis).With("epsilon", 1e-3f).Agrees();
    }

    [Fact]
    public void GroupNormalization() => new OperatorCase("GroupNormalization", 21).Input([2, 6, 4, 3]).Weight([6]).Weight([6]).With("num_groups", 3).Agrees();

    [Fact]
    public void GroupNormalization_with_a_scale_for_each_group() =>
        new OperatorCase("GroupNormalization", 18).Input([2, 6, 4, 3]).Weight([3]).Weight([3]).With("num_groups", 3).Agrees();

    [Fact]
    public void RMSNormalization() => new OperatorCase("RMSNormalization", 23).Input([2, 5, 6]).Weight([6]).Agrees();

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void LRN(long size) =>
        new OperatorCase("LRN").Input([2, 7, 4, 4]).With("size", size).With("alpha", 0.02f).With("beta", 0.6f).With("bias", 1.5f).Agrees();

    [Fact]
    public void MeanVarianceNormalization() => new OperatorCase("MeanVarianceNormalization").Input([2, 3, 4, 5]).Agrees();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, -1)]
    public void LpNormalization(long power, long axis) => new OperatorCase("LpNormalization").Input([2, 3, 4]).With("p", power).With("axis", axis).Agrees();
}
