namespace CompressTasks.Profiling.Tests;

public sealed class ShapeArgumentTests
{
    [Theory]
    [InlineData("input=1x3x224x224", "input", new long[] { 1, 3, 224, 224 })]
    [InlineData("a=b:0=7", "a=b:0", new long[] { 7 })]
    [InlineData("ids=1 x 24", "ids", new long[] { 1, 24 })]
    [InlineData("scalar=", "scalar", new long[0])]
    public void A_name_and_its_lengths_are_read(string text, string name, long[] lengths)
    {
        var (readName, readLengths) = ShapeArgument.Parse(text);

        Assert.Equal((name, lengths), (readName, readLengths), (a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2));
    }

    [Theory]
    [InlineData("1x3x224x224")]
    [InlineData("=1x3")]
    [InlineData("x=1x-3")]
    [InlineData("x=1x0")]
    [InlineData("x=1xNx3")]
    [InlineData("x=99999999999999999999")]
    public void Anything_else_is_refused(string text) =>
        Assert.Equal("CMP0308", Assert.Throws<ProfilingException>(() => ShapeArgument.Parse(text)).Code);
}
