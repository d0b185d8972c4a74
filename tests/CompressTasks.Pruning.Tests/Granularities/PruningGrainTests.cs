using CompressTasks.Pruning.Granularities;

namespace CompressTasks.Pruning.Tests.Granularities;

public sealed class PruningGrainTests
{
    [Theory]
    [InlineData("weight", true)]
    [InlineData("2:4", true)]
    [InlineData("kernel", true)]
    [InlineData("block-4x16", true)]
    [InlineData("channel", false)]
    [InlineData("head", false)]
    [InlineData("layer", false)]
    public void What_is_read_is_written_again(string text, bool isMasked)
    {
        var grain = PruningGrain.TryParse(text)!;
        Assert.Equal((text, isMasked), (grain.ToString(), grain.IsMasked));
    }

    [Theory]
    [InlineData("4:2")]
    [InlineData("4:4")]
    [InlineData("0:4")]
    [InlineData("block-0x4")]
    [InlineData("block-4")]
    [InlineData("2:99999999999")]
    [InlineData("Weight")]
    [InlineData("")]
    public void Anything_else_is_none(string text) => Assert.Null(PruningGrain.TryParse(text));
}
